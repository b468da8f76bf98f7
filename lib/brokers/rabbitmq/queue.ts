import type { Options } from 'amqplib'
import type { Settings } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import type { Declared, DestinationSpec } from '../contract.ts'
import { noteOf } from '../kit/declaration-notes.ts'
import { isKindFor, isReply, otherKind, REPLY, refusesTransientQueues } from './failures.ts'
import {
  argumentsAndPolicies,
  type DeadLetterPolicy,
  type LostAt,
  ManagedDestination,
  type Redeclarations,
  type TopologyParts,
} from './managed-destination.ts'
import type { FoundDestination } from './management.ts'
import {
  ageMsOf,
  deadLettersOf,
  PLAIN,
  type QueueDeclaration,
  queueDeclaration,
  queueSettingsIn,
  streamDeclaration,
  streamSettingsIn,
} from './queue-arguments.ts'
import {
  knownSettings,
  parsed,
  type QueueSettings,
  queueSettings,
  type StreamSettings,
  streamSettings,
} from './settings.ts'

/** A queue or a stream: a destination that keeps messages. */
export class ManagedQueue extends ManagedDestination {
  readonly kind = 'queue'
  #declaration: QueueDeclaration
  /** When it was last ensured, Unix time in milliseconds: of several that come back after one loss, the first checks. */
  #ensuredAt = now()
  #isDeclared = false

  /** Throws AppError `invalid`. */
  constructor(parts: TopologyParts, spec: DestinationSpec) {
    super(parts, spec)
    this.#declaration = declarationOf(spec)
  }

  override get retentionMs(): number | null {
    if (this.found === null) return this.#declaration.retentionMs ?? null
    return ageMsOf(argumentsAndPolicies(this.found))
  }

  /** By the queue's real arguments where the broker said them, else by those it was declared with. */
  override get deadLetterPolicy(): DeadLetterPolicy {
    const given = this.found ? argumentsAndPolicies(this.found) : this.#declaration.arguments
    const exchange = given['x-dead-letter-exchange']
    const limit = given['x-delivery-limit']
    // The default exchange sends it to the queue of that name.
    const to = exchange === '' ? (given['x-dead-letter-routing-key'] ?? this.spec.address) : exchange
    return {
      deadLetters: this.sideQueue?.name ?? (typeof to === 'string' ? to : null),
      deliveryLimit: typeof limit === 'number' ? limit : null,
    }
  }

  async declare(spec: DestinationSpec): Promise<Declared> {
    if (!this.#isAgain(spec)) return this.#declareFirst(spec)
    this.spec = spec
    const wasThere = await this.parts.control.exists('queue', spec.address)
    if (!wasThere) await this.#redeclare(`The queue "${spec.address}" was gone. It was declared anew.`)
    await this.ensure(null)
    return this.#describe(wasThere, [this.sideNote()])
  }

  /** It is declared with the same settings as before, or with those that the broker reported then. */
  #isAgain({ settings }: DestinationSpec): boolean {
    const before = this.spec.settings
    const given = JSON.stringify(settings)
    const known = [before, { ...before, ...this.described().settings }]
    return this.#isDeclared && known.some((one) => JSON.stringify(one) === given)
  }

  protected asked(): QueueSettings | StreamSettings {
    return settingsOf(this.spec)
  }

  protected settingsIn(found: FoundDestination): Settings {
    return this.spec.mode === 'log'
      ? knownSettings(streamSettings, streamSettingsIn(found.arguments))
      : knownSettings(queueSettings, queueSettingsIn(this.spec.address, found))
  }

  override async ensure(lostAt: LostAt): Promise<Redeclarations> {
    const redeclarations = await super.ensure(lostAt)
    this.#ensuredAt = now()
    return redeclarations
  }

  protected async ensureItself(lostAt: LostAt): Promise<void> {
    const { address } = this.spec
    const wasDurable = this.durable
    if (!(await this.parts.control.exists('queue', address))) {
      this.mustRevive(lostAt)
      await this.#redeclare(lostAt === null ? deletedText(address) : lostInRestartText(address, wasDurable))
    } else if (await this.#wasReplaced(lostAt)) {
      await this.#redeclared(lostInRestartText(address, wasDurable))
    }
  }

  async #declareFirst(spec: DestinationSpec): Promise<Declared> {
    const { address, owned } = spec
    const declaration = declarationOf(spec)
    const existed = await this.parts.control.exists('queue', address)
    const notes: Array<string | undefined> = []
    if (owned || !existed) {
      this.isMadeHere ||= !existed
      const created = await this.createWith(declaration.deadLetters ? deadLettersOf(address) : null, () =>
        this.#create(declaration, owned),
      )
      this.durable = created.durable
      notes.push(declaration.note, created.note)
    }
    this.spec = spec
    notes.push(this.sideNote())
    this.#declaration = declaration
    this.#isDeclared = true
    return this.#describe(existed, notes)
  }

  /**
   * Declares it; durable where the broker no longer permits transient queues (RabbitMQ from 4.3 by default). A queue that
   * exists with other arguments is refused when `strict`, else it is used as it is.
   */
  async #create({ durable, arguments: given }: QueueDeclaration, strict: boolean): Promise<CreatedQueue> {
    try {
      await this.#assert({ durable, arguments: given })
      return { durable }
    } catch (error) {
      if (!strict && isReply(error, REPLY.PRECONDITION_FAILED)) return { durable: null }
      if (!refusesTransientQueues(error)) throw error
      await this.#assert({ durable: true, arguments: given })
      return {
        durable: true,
        note: 'This RabbitMQ permits no queues that are not durable, so the queue was made durable.',
      }
    }
  }

  /** With the properties it had, so that the program that made it finds what it expects. */
  async #recreate(): Promise<CreatedQueue> {
    const before = this.found
    if (before === null || before.exclusive) return this.#create(this.#declaration, false)
    const { durable, auto_delete: autoDelete, arguments: given } = before
    if (!durable && !autoDelete && Object.keys(given).length === 0) return this.#create(PLAIN, false)
    await this.#assert({ durable, autoDelete, arguments: given })
    return { durable }
  }

  #assert(options: Options.AssertQueue): Promise<unknown> {
    return this.parts.control.withChannel((channel) =>
      channel.assertQueue(this.spec.address, { exclusive: false, autoDelete: false, ...options }),
    )
  }

  async #describe(existed: boolean, notes: ReadonlyArray<string | undefined> = []): Promise<Declared> {
    const found = await this.readProperties()
    const { address, mode } = this.spec
    if (found !== null && !isKindFor(mode, found.type)) throw otherKind(mode, address)
    // Asked now, so that a later restart of its node can be recognized.
    if (found && !found.durable) await this.parts.management.startedWithin(found.node, 0)
    return { ...this.described(), existed, ...noteOf(...notes) }
  }

  async #redeclare(text: string): Promise<void> {
    this.durable = (await this.#recreate()).durable
    await this.#redeclared(text)
  }

  async #redeclared(text: string): Promise<void> {
    this.gone = null
    this.redeclarations += 1
    this.parts.fault(this.spec.address, 'queue-lost', text)
    await this.readProperties()
  }

  /** Another program may have declared it anew before us: a queue that is not durable can't be older than its node. */
  async #wasReplaced(lostAt: LostAt): Promise<boolean> {
    if (lostAt === null || this.#ensuredAt > lostAt) return false
    const found = await this.readProperties()
    if (!found || found.durable) return false
    return this.parts.management.startedWithin(found.node, now() - lostAt)
  }
}

const declarationOf = ({ mode, address, settings }: DestinationSpec): QueueDeclaration =>
  mode === 'log'
    ? streamDeclaration(parsed(streamSettings, settings, 'stream'))
    : queueDeclaration(address, parsed(queueSettings, settings, 'queue'))

const settingsOf = ({ mode, settings }: DestinationSpec): QueueSettings | StreamSettings =>
  mode === 'log' ? parsed(streamSettings, settings, 'stream') : parsed(queueSettings, settings, 'queue')

interface CreatedQueue {
  /** Null when another program declared it in the meantime, with other arguments than ours. */
  durable: boolean | null
  note?: string
}

function lostInRestartText(name: string, durable: boolean | null): string {
  const why = durable === false ? ' It was not durable, so a restart of the broker ends it.' : ''
  return `The queue "${name}" was gone when RabbitMQ was back, and so is everything that waited in it.${why} It was declared anew.`
}

const deletedText = (name: string): string =>
  `The queue "${name}" was deleted, and so is everything that waited in it. It was declared anew because consumers are attached.`
