import type { Seek } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { backoffMs } from '#lib/util/backoff.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred, type Deferred } from '#lib/util/deferred.ts'
import type { AttachedConsumer, ConsumerEvent, DriverLog } from '../contract.ts'
import type { BrokerSession } from '../kit/broker-session.ts'
import { type Attempt, ConsumerLife, type ConsumerSession } from '../kit/consumer-life.ts'
import { sleep, unlessAborted, withDeadline } from '../kit/deadlines.ts'
import { failures, isFinal, reasonOf } from './failures.ts'
import type { GroupAssignment } from './group-assignments.ts'
import { SESSION_TIMEOUT_MS } from './manifest.ts'
import { type Assignment, Membership, type MembershipHooks } from './membership.ts'
import { deliveryOf } from './metadata.ts'
import { seekTarget } from './offsets.ts'
import type { Redeliveries } from './redeliveries.ts'
import type { KafkaSession } from './session.ts'
import { type ConsumerPlan, changedSettings, type ReadSettings } from './settings.ts'

/** A dead member keeps a rebalance waiting for its session timeout; joining behind one or two of them must fit. */
const ATTACH_LIMIT_MS = 20_000
const COMMIT_LIMIT_MS = 1_000
/** Committing (1 s), leaving the group (3 s) and deleting a group of its own (1 s). */
const LEAVE_LIMIT_MS = 5_000
const FIRST_RETRY_MS = 250
const MAX_RETRY_MS = 3_000
/** Longer than the longest wait for a rebalance: a member that gets no answer for so long is stuck. */
const SILENT_MS = 15_000

export interface KafkaConsumerOptions {
  plan: ConsumerPlan
  listener(event: ConsumerEvent): void
  brokers: readonly string[]
  clientId: string
  log: DriverLog
  session: BrokerSession<KafkaSession>
  redeliveries: Redeliveries
  assignment: GroupAssignment
  consumerCount(): number
  /** Aborts when the driver closes. */
  closing: AbortSignal
  fault(code: string, text: string): void
  /** It has left its group; what was made for it on the broker can go. Never rejects. */
  afterLeaving(): Promise<void>
  /** It left, crashed, or could not attach. */
  onEnded(): void
}

/**
 * The time in which a consumer has its partitions and its broker answers. Its member outlives an outage: one that finds its
 * broker again keeps its place in the group, so that `destroy` leaves it alone.
 */
class TimeInPlace implements ConsumerSession {
  readonly #ended = createDeferred<Error>()
  readonly ended = this.#ended.promise
  readonly end = this.#ended.resolve

  async destroy(): Promise<void> {}
}

/** One consumer, across any number of group memberships and outages. */
export class KafkaConsumer implements AttachedConsumer {
  readonly #options: KafkaConsumerOptions
  readonly #life: ConsumerLife<TimeInPlace>
  readonly membership: Membership
  #read: ReadSettings
  #inPlace: TimeInPlace | undefined
  /** The attempt to get in place, while there is one. */
  #attempt: { attached(session: TimeInPlace): void; done: Deferred<TimeInPlace> } | undefined
  /** The assignment that was reported last. */
  #reported: Assignment | undefined
  #wasAttached = false
  #tries = 0
  #deliveries = 0
  #evictedAt: number | undefined
  #ending: Promise<void> | undefined

  constructor(options: KafkaConsumerOptions) {
    const { plan, session, closing, listener, onEnded } = options
    this.#options = options
    this.#read = plan.read
    this.#life = new ConsumerLife({
      failures,
      attachTimeoutMs: ATTACH_LIMIT_MS,
      closing,
      open: (attempt) => this.#getInPlace(attempt),
      onLost: () => undefined,
      goodbye: () => this.#leaveGroup(),
      isFinal: () => false,
      retriesFirst: (error) => !(error instanceof AppError),
      evictedAt: () => this.#evictionDue(),
      maxRetryMs: MAX_RETRY_MS,
      listener,
      onEnded,
    })
    this.membership = new Membership({
      ...options,
      ...plan,
      topic: plan.spec.address,
      group: plan.spec.group,
      admin: () => session.require().admin,
      settings: () => this.#read,
      hooks: this.#membershipHooks(),
    })
  }

  get spec(): ConsumerPlan['spec'] {
    return this.#options.plan.spec
  }

  /** Whether its group is its own, made anew each time it attaches. */
  get startsAnew(): boolean {
    return this.#options.plan.startsAnew
  }

  /** When the broker evicts a crashed one, milliseconds since the epoch. */
  get evictedAt(): number | undefined {
    return this.#evictedAt
  }

  /** Resolves once it has its partitions and a position in each. Throws AppError; nothing is left open then. */
  async attach(): Promise<void> {
    this.#options.listener({ type: 'state', state: 'attaching', at: now() })
    try {
      await this.#life.attach()
    } catch (error) {
      this.#options.assignment.left(this.spec.name)
      void this.membership.take()?.cut('it could not attach')
      throw error
    }
  }

  async pause(): Promise<void> {
    this.membership.pause()
  }

  async resume(): Promise<void> {
    this.membership.resume()
  }

  async update(settings: Settings): Promise<void> {
    this.#read = changedSettings(this.#options.plan, this.#read, settings)
  }

  async settle(): Promise<void> {
    throw new AppError(
      'not-capable',
      'Kafka readers commit a position; single messages are not acknowledged.',
    )
  }

  async seek(position: Seek): Promise<void> {
    const { redeliveries, session } = this.#options
    const own = this.membership.assignment?.partitions ?? []
    try {
      const { admin } = session.require()
      const target = { admin, redeliveries, topic: this.spec.address, own }
      await this.membership.seek(await seekTarget(target, position))
    } catch (error) {
      throw failures.toAppError(error, `where ${this.spec.name} reads from`)
    }
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
    if (!this.#wasAttached) {
      this.#attempt?.done.reject(failures.brokerDown(reason))
      return
    }
    this.#inPlace?.end(new Error(reason))
    this.#options.assignment.lost(this.spec.name)
  }

  brokerIsUp(): void {
    this.#life.retryNow()
  }

  /** Call about once a second while the broker answers. */
  check(): void {
    const isSilent = now() - this.membership.lastSignAt > SILENT_MS
    if (this.membership.hasMember && isSilent)
      this.membership.fail(new Error('nothing was heard from the broker'))
  }

  get #isWanted(): boolean {
    return this.#ending === undefined && !this.#life.isEnded
  }

  get #isUp(): boolean {
    return this.#options.session.current !== null
  }

  #membershipHooks(): MembershipHooks {
    const { plan, redeliveries, assignment, fault } = this.#options
    const { address: topic, group, name } = plan.spec
    return {
      inPlace: (current) => this.#nowInPlace(current),
      failed: (error) => this.#memberFailed(error),
      rebalancing: () => assignment.rebalancing(name),
      mayDeliver: () => this.#isWanted,
      deliver: (record, partition) => {
        const redelivered = redeliveries.mark(group, topic, partition, Number(record.offset))
        this.#life.emit(deliveryOf(record, { topic, partition, delivery: ++this.#deliveries, redelivered }))
      },
      committed: (partition, upTo) =>
        this.#life.emit({ type: 'committed', group, partition, upTo, evidence: 'broker', at: now() }),
      commitsFail: (text) => fault('commit-failed', text),
    }
  }

  /** Joins the group unless its member is still there, and waits until it has its partitions. */
  async #getInPlace({ signal, absence, attached }: Attempt<TimeInPlace>): Promise<TimeInPlace> {
    const { session, assignment } = this.#options
    if (absence === null && this.#tries > 0) {
      await sleep(backoffMs(this.#tries - 1, FIRST_RETRY_MS, MAX_RETRY_MS), signal)
    }
    await session.untilUp(signal)
    signal.throwIfAborted()
    const attempt = { attached, done: createDeferred<TimeInPlace>() }
    this.#attempt = attempt
    if (this.#isWanted && !this.membership.hasMember) {
      assignment.joining(this.spec.name)
      this.membership.begin()
    }
    try {
      return await unlessAborted(signal, attempt.done.promise, () => undefined)
    } finally {
      this.#attempt = undefined
    }
  }

  /** Called with each assignment, and with each heartbeat: so a member that is back before the driver is up gets in place. */
  #nowInPlace(current: Assignment): void {
    if (!this.#isWanted || !this.#isUp) return
    const attempt = this.#attempt
    if (!attempt && (!this.#life.isAttached || this.#reported === current)) return
    this.#reported = current
    this.#tries = 0
    this.#options.assignment.joined(this.spec.name, current.partitions, current.generation)
    if (!attempt) return
    this.#wasAttached = true
    this.#inPlace = new TimeInPlace()
    attempt.attached(this.#inPlace)
    attempt.done.resolve(this.#inPlace)
  }

  #memberFailed(error: unknown): void {
    if (!this.#isWanted) return
    const { assignment, fault } = this.#options
    const { name } = this.spec
    const reason = reasonOf(error)
    if (!this.#wasAttached && isFinal(error)) {
      this.#attempt?.done.reject(failures.toAppError(error, `the consumer ${name}`))
      return
    }
    this.#tries++
    if (this.#life.isAttached) fault('session-ended', reason)
    if (this.#isUp) assignment.lost(name)
    this.#inPlace?.end(new Error(reason, { cause: error }))
    this.#attempt?.done.reject(error)
  }

  async #leave(): Promise<void> {
    // While it is away, it may still have a member, which the life of the consumer does not know.
    if (!this.#life.isAttached && !this.#life.isEnded) await this.#leaveGroup()
    await this.#life.leave(LEAVE_LIMIT_MS)
  }

  async #leaveGroup(): Promise<void> {
    const { assignment, fault, afterLeaving } = this.#options
    await withDeadline('committing', COMMIT_LIMIT_MS, this.membership.flush()).catch((error) =>
      fault('commit-failed', reasonOf(error)),
    )
    assignment.left(this.spec.name)
    await this.membership.take()?.leave()
    await afterLeaving()
  }

  async #crash(): Promise<void> {
    const gone = this.membership.take()?.cut('crashed on purpose')
    this.#options.assignment.crashed(this.spec.name)
    await Promise.all([gone, this.#life.crash()])
  }

  #evictionDue(): number {
    const { lastSignAt } = this.membership
    this.#evictedAt = Math.max(lastSignAt, now() - SESSION_TIMEOUT_MS) + SESSION_TIMEOUT_MS
    return this.#evictedAt
  }
}
