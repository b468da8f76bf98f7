import type { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import type { Declared, DestinationSpec, DriverLog } from '../contract.ts'
import { usedAsItIs } from '../kit/declaration-notes.ts'
import { wordsOf } from '../kit/failures.ts'
import type { Control } from './control.ts'
import { goneError } from './failures.ts'
import type { DestinationKind, FoundDestination, Management } from './management.ts'

/**
 * How often a destination was gone and was declared anew, by which a consumer learns that it is a new one of that name. Null
 * for a destination that was not declared here.
 */
export type Redeclarations = number | null

/** When the connection was lost, Unix time in milliseconds, where that is why a destination is checked; null for any other reason. */
export type LostAt = number | null

/** What becomes of a message that a consumer rejects, or requeues too often. */
export interface DeadLetterPolicy {
  /** The destination that it goes to, by name; null: none, as far as known. */
  deadLetters: string | null
  /** How often a message may be requeued before the queue gives up on it; null while unknown or without limit. */
  deliveryLimit: number | null
}

export const NO_DEAD_LETTERS: DeadLetterPolicy = { deadLetters: null, deliveryLimit: null }

/** A destination in the broker's words. */
export type Found = Pick<Declared, 'traits' | 'settings'>

export interface TopologyParts {
  control: Control
  management: Management
  log: DriverLog
  /** Reports that a destination was gone and was declared anew, or that the broker refused to. */
  fault(address: string, code: 'queue-lost' | 'exchange-lost' | 'declare-refused', text: string): void
  /** No queue is bound to this exchange any more. */
  unbound(address: string, text: string): void
}

/** A queue, stream or exchange that this driver keeps declared. Its owner runs its operations one after another. */
export abstract class ManagedDestination {
  abstract readonly kind: DestinationKind
  spec: DestinationSpec
  /** For its dead letters, or for what an exchange could not route. */
  sideQueue: SideQueue | null = null
  /** Null while unknown. */
  durable: boolean | null = null
  /** Why it is not there any more, where it is not declared anew by itself: somebody deleted or replaced it on the broker. */
  gone: AppError | null = null
  /** It did not exist before it was declared here. */
  isMadeHere = false
  protected readonly parts: TopologyParts
  /** How often it was gone, with everything in it, and was declared anew. */
  redeclarations = 0
  /** How it was declared, as the broker last said; null while unknown. */
  protected found: FoundDestination | null = null

  constructor(parts: TopologyParts, spec: DestinationSpec) {
    this.parts = parts
    this.spec = spec
  }

  /** classic, quorum, stream; fanout, topic, direct, headers; null while unknown. */
  get type(): string | null {
    return this.found?.type ?? null
  }

  get deadLetterPolicy(): DeadLetterPolicy {
    return NO_DEAD_LETTERS
  }

  /** How long a stream keeps a message at least, milliseconds; null: for good, or by size, and for other destinations. */
  get retentionMs(): number | null {
    return null
  }

  /**
   * One that isn't owned is used as it is; an owned one must have these settings, which the broker compares. Throws AppError
   * `invalid` for settings it can't have, `broker-refused`.
   */
  abstract declare(spec: DestinationSpec): Promise<Declared>

  /** Declares it anew when it is gone. Throws AppError `destination-not-found` where that takes a person's word. */
  async ensure(lostAt: LostAt): Promise<Redeclarations> {
    await this.sideQueue?.ensure()
    await this.ensureItself(lostAt)
    this.noteFound()
    return this.redeclarations
  }

  /** Deletes what was made for it; with `keep`, all but itself. */
  async remove(keep: boolean): Promise<void> {
    const { owned, address } = this.spec
    if (owned && !keep) {
      await this.parts.control.withChannel(async (channel) => {
        await (this.kind === 'queue' ? channel.deleteQueue(address) : channel.deleteExchange(address))
      })
    }
    await this.sideQueue?.remove(keep || !owned || this.spec.shared === true)
  }

  /** It is there: what was gone was declared anew, here or by another program. */
  noteFound(): void {
    if (this.gone) this.redeclarations += 1
    this.gone = null
  }

  /** Says so where the queue beside it is not one that was made here, and may be another program's. */
  protected sideNote(): string | undefined {
    if (!this.spec.shared || !this.sideQueue?.wasThere) return undefined
    return usedAsItIs('queue', this.sideQueue.name)
  }

  /** It is missing, and no loss of the connection explains that. Throws unless it may be declared anew unasked. */
  protected mustRevive(lostAt: LostAt): void {
    if (lostAt !== null || this.spec.revives !== false) return
    this.gone = goneError(this.kind, this.spec.address)
    throw this.gone
  }

  /** As the broker has it now. */
  async describe(): Promise<Found> {
    await this.readProperties()
    return this.described()
  }

  /** As the broker said last, with the settings that differ from those it was declared with. */
  protected described(): Found {
    const { found } = this
    const settings = found === null ? {} : differing(this.asked(), this.settingsIn(found))
    const traits = traitsOf(found, this.durable)
    return Object.keys(settings).length === 0 ? { traits } : { traits, settings }
  }

  /** The settings that it was declared with, whole. */
  protected abstract asked(): Settings

  /** The settings that the broker's properties say, as far as they can be chosen here. */
  protected abstract settingsIn(found: FoundDestination): Settings

  protected abstract ensureItself(lostAt: LostAt): Promise<void>

  protected async readProperties(): Promise<FoundDestination | null> {
    const found = await this.parts.management.destination(this.kind, this.spec.address)
    if (found) {
      this.durable = found.durable
      this.found = found
    }
    return found
  }

  /** With a side queue of that name, made first. Leaves nothing behind when the broker refuses. */
  protected async createWith<T>(sideName: string | null, create: () => Promise<T>): Promise<T> {
    const before = this.sideQueue
    const sideQueue = sideName === null ? null : (before ?? new SideQueue(this.parts.control, sideName))
    try {
      await sideQueue?.ensure()
      const created = await create()
      this.sideQueue = sideQueue
      return created
    } catch (error) {
      if (before === null && sideQueue !== null) await this.#withdraw(sideQueue)
      throw error
    }
  }

  /** A side queue that can't be deleted now is deleted with the destination. */
  async #withdraw(sideQueue: SideQueue): Promise<void> {
    this.sideQueue = sideQueue
    try {
      await sideQueue.remove(true)
      this.sideQueue = null
    } catch (error) {
      const details = { code: 'side-queue-stays', queue: sideQueue.name, reason: wordsOf(error) }
      this.parts.log.warn(details, 'what was made for a refused destination is still there')
    }
  }
}

/**
 * An exchange and a queue of the same name beside a destination: for its dead letters, or for unrouted messages. Both are
 * durable, so that dead letters survive a restart, and so that no version of RabbitMQ refuses them.
 */
export class SideQueue {
  readonly name: string
  /** How often the queue was found to be gone, with everything in it. */
  redeclarations = 0
  readonly #control: Control
  #isQueueMadeHere = false
  #isExchangeMadeHere = false
  #wasEnsured = false

  constructor(control: Control, name: string) {
    this.#control = control
    this.name = name
  }

  /** The queue was there before it was ensured here. */
  get wasThere(): boolean {
    return this.#wasEnsured && !this.#isQueueMadeHere
  }

  /** Makes what is missing. Throws AppError `broker-refused` when something else of that name is in the way. */
  async ensure(): Promise<void> {
    const { name } = this
    const isQueueThere = await this.#control.exists('queue', name)
    const isExchangeThere = this.#wasEnsured || (await this.#control.exists('exchange', name))
    if (!isQueueThere && this.#wasEnsured) this.redeclarations += 1
    await this.#control.withChannel(async (channel) => {
      await channel.assertExchange(name, 'fanout', { durable: true })
      this.#isExchangeMadeHere ||= !isExchangeThere
      await channel.assertQueue(name, { durable: true })
      this.#isQueueMadeHere ||= !isQueueThere
      await channel.bindQueue(name, name, '')
    })
    this.#wasEnsured = true
  }

  /** With `onlyMade`, leaves what was not made here. */
  async remove(onlyMade: boolean): Promise<void> {
    await this.#control.withChannel(async (channel) => {
      if (!onlyMade || this.#isQueueMadeHere) await channel.deleteQueue(this.name)
      if (!onlyMade || this.#isExchangeMadeHere) await channel.deleteExchange(this.name)
    })
  }
}

const differing = (asked: Settings, found: Settings): Settings =>
  Object.fromEntries(Object.entries(found).filter(([name, value]) => asked[name] !== value))

/** A destination's properties in the broker's words, as far as they are known. */
export function traitsOf(found: FoundDestination | null, durable: boolean | null): string[] {
  const isDurable = found?.durable ?? durable
  const traits = isDurable === null ? [] : [isDurable ? 'durable' : 'not durable']
  if (!found) return traits
  traits.push(found.type)
  for (const word of ['exclusive', 'auto_delete', 'internal'] as const) {
    if (found[word]) traits.push(word.replace('_', '-'))
  }
  for (const [name, value] of Object.entries(found.arguments)) {
    if (name !== 'x-queue-type') traits.push(`${name} ${String(value)}`)
  }
  for (const [name, value] of Object.entries(found.effective_policy_definition)) {
    traits.push(`policy ${name} ${String(value)}`)
  }
  return traits
}

/** What it was declared with, and what policies add: where both say something, what it was declared with. */
export const argumentsAndPolicies = (found: FoundDestination): Record<string, unknown> => {
  const added = Object.entries(found.effective_policy_definition).map(([name, value]) => [`x-${name}`, value])
  return { ...Object.fromEntries(added), ...found.arguments }
}
