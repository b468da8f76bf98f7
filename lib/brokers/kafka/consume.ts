import type { Seek } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred, type Deferred } from '#lib/util/deferred.ts'
import type { AttachedConsumer } from '../contract.ts'
import { type Attempt, ConsumerLife } from '../kit/consumer-life.ts'
import { sleep, unlessAborted, withDeadline } from '../kit/deadlines.ts'
import type { KafkaConsumerOptions } from './consumer-dependencies.ts'
import { failures, isFinal, reasonOf } from './failures.ts'
import type { GroupAssignment } from './group-assignments.ts'
import { type Assignment, Membership } from './group-membership.ts'
import { deliveryOf, gapOf } from './metadata.ts'
import { Positions } from './positions.ts'
import { SESSION_TIMEOUT_MS, SETTLES_NOTHING } from './profile.ts'
import { attemptAfter } from './record-retries.ts'
import { type ConsumerPlan, changedSettings, type ReadSettings } from './settings.ts'

/** A dead member keeps a rebalance waiting for its session timeout; joining behind one or two of them must fit. */
const ATTACH_LIMIT_MS = 20_000
const COMMIT_LIMIT_MS = 1_000
/** Committing (1 s), leaving the group (3 s) and deleting a group of its own (1 s). */
const LEAVE_LIMIT_MS = 5_000
/** Before attaching for the first time is tried again. */
const FIRST_RETRY_MS = 250
const MAX_RETRY_MS = 3_000
/** A member that gets no answer for this long is stuck: no rebalance takes as long. */
const SILENT_MS = 15_000

/** One consumer, across any number of group memberships and outages. `batch-reader.ts` reads the records for it, as its settings say. */
export class KafkaConsumer implements AttachedConsumer {
  readonly spec: ConsumerPlan['spec']
  /** The broker's latest name for it, while it may be a member. */
  memberId: string | undefined
  /** When the broker evicts it after a crash, Unix time in milliseconds. */
  evictedAt: number | undefined
  /** partition → offset: how far the broker has confirmed its commits */
  readonly committed = new Map<number, string>()
  readonly #options: KafkaConsumerOptions
  readonly #life: ConsumerLife<Membership>
  readonly #positions: Positions
  readonly #assignment: GroupAssignment
  #read: ReadSettings
  #membership: Membership | undefined
  /** The attempt to join the group and to have a position in each partition, while there is one. */
  #attempt: (Attempt<Membership> & { done: Deferred<Membership> }) | undefined
  /** The assignment that was reported last. */
  #reported: Assignment | undefined
  #deliveries = 0
  #ending: Promise<void> | undefined

  constructor(options: KafkaConsumerOptions) {
    const { plan, session, assignments } = options
    const { address: topic, group } = plan.spec
    this.spec = plan.spec
    this.#options = options
    this.#read = plan.read
    this.#assignment = assignments.of(topic, group)
    this.#positions = new Positions({
      ...options,
      ...plan,
      topic,
      group,
      onHole: (hole) => this.#life.emit(gapOf(hole)),
      onPastEnd: (text) => this.#fault('position-lost', text),
    })
    this.#life = new ConsumerLife({
      ...options,
      failures,
      attachTimeoutMs: ATTACH_LIMIT_MS,
      untilUp: (signal) => session.untilUp(signal),
      open: (attempt) => this.#joinPositioned(attempt),
      onLost: () => undefined,
      goodbye: (membership) => this.#leaveGroup(membership),
      isFinal: () => false,
      retriesFirst: (error) => !(error instanceof AppError),
      evictedAt: () => this.#evictionDue(),
      // Between failed attempts; how long a lost session waits before its first one is the session keeper's own rule.
      maxRetryMs: MAX_RETRY_MS,
    })
  }

  /** Its group had read the topic before it came. */
  get hadRead(): boolean {
    return this.#positions.hadRead
  }

  /** Its group is its own, made anew each time it attaches. */
  get startsAnew(): boolean {
    return this.#options.plan.startsAnew
  }

  /** The generation of its group as it knows it; null when it doesn't. */
  get generation(): number | null {
    return this.#membership?.assignment?.generation ?? null
  }

  /** Resolves once it has its partitions and a position in each. Throws AppError; nothing is left open then. */
  async attach(): Promise<void> {
    this.#options.listener({ type: 'state', state: 'attaching', at: now() })
    try {
      await this.#life.attach()
    } catch (error) {
      this.#assignment.left(this.spec.name)
      throw error
    }
  }

  async pause(): Promise<void> {
    this.#positions.pauses.pause()
  }

  async resume(): Promise<void> {
    this.#positions.pauses.resume()
  }

  async update(settings: Settings): Promise<void> {
    this.#read = changedSettings(this.#options.plan, this.#read, settings)
  }

  async settle(): Promise<void> {
    throw new AppError('not-capable', SETTLES_NOTHING)
  }

  async seek(position: Seek): Promise<void> {
    try {
      this.#options.session.require()
      await this.#membership?.seek(position)
    } catch (error) {
      throw failures.toAppError(error, `where ${this.spec.name} reads from`)
    }
  }

  async skip(delivery: number): Promise<void> {
    this.#positions.retries.skip(delivery)
  }

  leave(): Promise<void> {
    this.#ending ??= this.#leave()
    return this.#ending
  }

  crash(): Promise<void> {
    this.#ending ??= this.#crash()
    return this.#ending
  }

  brokerWentDown(reason: string): void {
    if (!this.#isWanted) return
    if (this.#attempt?.absence === null) {
      this.#attempt.done.reject(failures.brokerDown(reason))
      return
    }
    this.#life.suspend(new Error(reason))
    this.#assignment.lost(this.spec.name)
  }

  /** Call about once a second while the broker answers. */
  check(): void {
    const silentMs = this.#membership?.silentMs ?? 0
    if (silentMs > SESSION_TIMEOUT_MS) this.#assignment.evicted(this.spec.name)
    if (silentMs > SILENT_MS) this.#membership?.fail(new Error('nothing was heard from the broker'))
  }

  get #isWanted(): boolean {
    return this.#ending === undefined && !this.#life.isEnded
  }

  #fault(code: string, text: string): void {
    const { address, name } = this.spec
    this.#options.fault({ address, consumer: name, code, text })
  }

  /** Joins the group, and waits until it has its partitions and a position in each. */
  async #joinPositioned(attempt: Attempt<Membership>): Promise<Membership> {
    const { signal, absence } = attempt
    if (absence === null && this.#membership) await sleep(FIRST_RETRY_MS, signal)
    signal.throwIfAborted()
    this.#options.session.require()
    const done = createDeferred<Membership>()
    this.#attempt = { ...attempt, done }
    const membership = this.#isWanted ? this.#join() : undefined
    try {
      return await unlessAborted(signal, done.promise, () => undefined)
    } catch (error) {
      await membership?.destroy('it was not positioned')
      throw error
    } finally {
      this.#attempt = undefined
    }
  }

  #join(): Membership {
    const { clientName, consumerCount, redeliveries } = this.#options
    const { address: topic, group, name, route } = this.spec
    this.#membership = new Membership({
      ...this.#options,
      clientId: `${clientName}-${name}`,
      ...{ topic, group, route },
      consumers: consumerCount(),
      settings: () => this.#read,
      positions: this.#positions,
      joining: () => this.#assignment.joining(name),
      joined: (memberId) => {
        this.memberId = memberId
      },
      positioned: (current) => this.#nowPositioned(current),
      failed: (error) => this.#memberFailed(error),
      rebalancing: () => this.#assignment.rebalancing(name),
      mayDeliver: () => this.#isWanted,
      deliver: (record, partition, before) => {
        const redelivered = redeliveries.recordDelivery(group, { topic, partition, record })
        const arrived = { delivery: ++this.#deliveries, attempt: attemptAfter(before, redelivered) }
        this.#life.emit(deliveryOf(record, { ...arrived, topic, partition, redelivered }))
        return arrived
      },
      committed: (partition, upTo, isRead) => {
        this.committed.set(partition, upTo)
        if (!isRead) return
        this.#life.emit({ type: 'committed', group, partition, upTo, evidence: 'broker', at: now() })
      },
      troubled: (code, text) => this.#fault(code, text),
    })
    return this.#membership
  }

  /**
   * Called with each assignment, and with each heartbeat: a member that is back before the driver's own session is up counts as
   * attached with the first heartbeat after that.
   */
  #nowPositioned(current: Assignment): void {
    if (!this.#isWanted || !this.#options.session.current || !this.#membership) return
    if (this.#life.isAttached && this.#reported === current) return
    this.#reported = current
    this.#assignment.joined(this.spec.name, current.partitions, current.generation)
    this.#life.resume()
    this.#attempt?.attached(this.#membership)
    this.#attempt?.done.resolve(this.#membership)
  }

  #memberFailed(error: unknown): void {
    if (!this.#isWanted) return
    const { name } = this.spec
    if (this.#attempt?.absence === null && isFinal(error)) {
      this.#attempt.done.reject(failures.toAppError(error, `the consumer ${name}`))
      return
    }
    if (this.#life.isAttached) this.#fault('session-ended', reasonOf(error))
    if (this.#options.session.current) this.#assignment.lost(name)
    this.#attempt?.done.reject(error)
  }

  async #leave(): Promise<void> {
    // While it is away, an attempt to come back may have made it a member already.
    if (!this.#life.session && !this.#life.isEnded) await this.#leaveGroup(this.#membership)
    await this.#life.leave(LEAVE_LIMIT_MS)
  }

  async #leaveGroup(membership: Membership | undefined): Promise<void> {
    const committed = membership?.flush() ?? Promise.resolve()
    await withDeadline('committing', COMMIT_LIMIT_MS, committed).catch((error) =>
      this.#fault('commit-failed', reasonOf(error)),
    )
    this.#assignment.left(this.spec.name)
    await membership?.leave()
    await this.#options.afterLeaving()
  }

  async #crash(): Promise<void> {
    void this.#membership?.destroy('crashed on purpose')
    this.#assignment.crashed(this.spec.name)
    await this.#life.crash()
  }

  #evictionDue(): number {
    const silentMs = this.#membership?.silentMs ?? SESSION_TIMEOUT_MS
    this.evictedAt = now() + Math.max(0, SESSION_TIMEOUT_MS - silentMs)
    return this.evictedAt
  }
}
