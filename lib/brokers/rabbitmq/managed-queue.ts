import { now } from '#lib/util/clock.ts'
import type { Declared, DestinationSpec } from '../contract.ts'
import {
  createSideQueue,
  type DeadLetterPolicy,
  type EnsureCause,
  type Ensured,
  type ManagedDestination,
  type SideQueue,
  type TopologyParts,
} from './managed-destination.ts'
import type { FoundQueue } from './management.ts'
import {
  type CreatedQueue,
  createQueue,
  deletedText,
  lostInRestartText,
  queueExists,
  queueTraits,
  recreateQueue,
} from './queue.ts'
import { deadLettersOf, type QueueDeclaration } from './queue-arguments.ts'

/** A queue or a stream: a destination that keeps messages. */
export class ManagedQueue implements ManagedDestination {
  readonly isExchange = false
  readonly exchangeType = null
  spec: DestinationSpec
  sideQueue: SideQueue | null = null
  durable: boolean | null = null
  readonly #parts: TopologyParts
  readonly #declarationOf: (spec: DestinationSpec) => QueueDeclaration
  #declaration: QueueDeclaration
  /** Rises each time it was gone, with everything that waited in it. */
  #generation = 0
  /** How it was declared, as the broker last said; null while unknown. */
  #found: FoundQueue | null = null
  /** When it was last ensured, Unix time in milliseconds: of several that come back after one loss, the first checks. */
  #ensuredAt = now()
  #isDeclared = false

  /** `declarationOf` parses the settings, and throws AppError `invalid`. */
  constructor(
    parts: TopologyParts,
    spec: DestinationSpec,
    declarationOf: (spec: DestinationSpec) => QueueDeclaration,
  ) {
    this.#parts = parts
    this.#declarationOf = declarationOf
    this.#declaration = declarationOf(spec)
    this.spec = spec
  }

  get queueType(): string | null {
    return this.#found?.type ?? null
  }

  get retentionMs(): number | null {
    return this.#declaration.retentionMs ?? null
  }

  /** By the queue's real arguments where the broker said them, else by those it was declared with. */
  get deadLetterPolicy(): DeadLetterPolicy {
    const given = this.#found?.arguments ?? this.#declaration.arguments
    const exchange = given['x-dead-letter-exchange']
    const limit = given['x-delivery-limit']
    return {
      deadLetters: this.sideQueue?.name ?? (typeof exchange === 'string' ? exchange : null),
      deliveryLimit: typeof limit === 'number' ? limit : null,
    }
  }

  async declare(spec: DestinationSpec): Promise<Declared> {
    const isAgain = this.#isDeclared && JSON.stringify(spec.settings) === JSON.stringify(this.spec.settings)
    if (!isAgain) return this.#declareFirst(spec)
    this.spec = spec
    await this.ensure({ cause: 'deleted' })
    return this.#describe(true)
  }

  async ensure(cause: EnsureCause): Promise<Ensured> {
    await this.sideQueue?.ensure()
    await this.#ensureQueue(cause)
    this.#ensuredAt = now()
    return { generation: this.#generation, queueType: this.queueType }
  }

  async remove(keep: boolean): Promise<void> {
    const { address, owned } = this.spec
    if (owned && !keep) await this.#parts.control.withChannel((channel) => channel.deleteQueue(address))
    await this.sideQueue?.remove(keep || !owned)
  }

  /** A queue that isn't owned is used as it is; an owned one must have these settings, which the broker compares. */
  async #declareFirst(spec: DestinationSpec): Promise<Declared> {
    const { control } = this.#parts
    const { address, owned } = spec
    const declaration = this.#declarationOf(spec)
    const existed = await queueExists(control, address)
    const isUsedAsItIs = existed && !owned
    const needsSideQueue = declaration.deadLetters && !isUsedAsItIs
    const sideQueue = needsSideQueue ? createSideQueue(control, deadLettersOf(address)) : null
    const created = isUsedAsItIs ? null : await this.#create(spec, declaration, sideQueue)
    if (created) this.durable = created.durable
    this.spec = spec
    this.sideQueue = sideQueue
    this.#declaration = declaration
    this.#isDeclared = true
    return this.#describe(existed, created ? [declaration.note, created.note] : [])
  }

  /** Leaves nothing behind when the broker refuses. */
  async #create(
    { address, owned }: DestinationSpec,
    declaration: QueueDeclaration,
    sideQueue: SideQueue | null,
  ): Promise<CreatedQueue> {
    try {
      await sideQueue?.ensure()
      return await createQueue(this.#parts.control, address, declaration, owned)
    } catch (error) {
      await sideQueue?.remove(true)
      throw error
    }
  }

  async #describe(existed: boolean, notes: ReadonlyArray<string | undefined> = []): Promise<Declared> {
    const found = await this.#readProperties()
    // Asked now, so that a later restart of its node can be recognized.
    if (found && !found.durable) await this.#parts.management.startedWithin(found.node, 0)
    const declared = { traits: queueTraits(found, this.durable), existed }
    const note = notes.filter((text) => text !== undefined).join(' ')
    return note === '' ? declared : { ...declared, note }
  }

  async #readProperties(): Promise<FoundQueue | null> {
    const found = await this.#parts.management.queue(this.spec.address)
    if (found) {
      this.durable = found.durable
      this.#found = found
    }
    return found
  }

  async #ensureQueue(cause: EnsureCause): Promise<void> {
    const { control } = this.#parts
    const { address } = this.spec
    const wasDurable = this.durable
    if (!(await queueExists(control, address))) {
      this.durable = (await recreateQueue(control, address, this.#found, this.#declaration)).durable
      const restarted = cause.cause === 'connection-lost'
      await this.#redeclared(restarted ? lostInRestartText(address, wasDurable) : deletedText(address))
    } else if (await this.#wasReplaced(cause)) {
      await this.#redeclared(lostInRestartText(address, wasDurable))
    }
  }

  async #redeclared(text: string): Promise<void> {
    this.#generation += 1
    this.#parts.report.redeclared(this.spec.address, 'queue-lost', text)
    await this.#readProperties()
  }

  /** Another program may have declared it anew before us: a queue that is not durable can't be older than its node. */
  async #wasReplaced(cause: EnsureCause): Promise<boolean> {
    if (cause.cause !== 'connection-lost' || this.#ensuredAt > cause.lostAt) return false
    const found = await this.#readProperties()
    if (!found || found.durable) return false
    return this.#parts.management.startedWithin(found.node, now() - cause.lostAt)
  }
}
