import type { Seek } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred, type Deferred } from '#lib/util/deferred.ts'
import type { AttachedConsumer, ConsumerEvent, DriverLog } from '../contract.ts'
import type { BrokerSession } from '../kit/broker-session.ts'
import { type Attempt, ConsumerLife } from '../kit/consumer-life.ts'
import { sleep, unlessAborted, withDeadline } from '../kit/deadlines.ts'
import { PartitionPauses } from './batch.ts'
import { failures, isFinal, reasonOf } from './failures.ts'
import type { GroupAssignment } from './group-assignments.ts'
import { SESSION_TIMEOUT_MS, SETTLES_NOTHING } from './manifest.ts'
import { type Assignment, Membership, type MembershipHooks } from './membership.ts'
import { deliveryOf } from './metadata.ts'
import { seekTarget } from './offsets.ts'
import type { Redeliveries } from './redeliveries.ts'
import type { KafkaSession } from './session.ts'
import { type ConsumerPlan, changedSettings, type ReadSettings } from './settings.ts'
import { StartPositions } from './start-positions.ts'

/** A dead member keeps a rebalance waiting for its session timeout; joining behind one or two of them must fit. */
const ATTACH_LIMIT_MS = 20_000
const COMMIT_LIMIT_MS = 1_000
/** Committing (1 s), leaving the group (3 s) and deleting a group of its own (1 s). */
const LEAVE_LIMIT_MS = 5_000
/** Before attaching for the first time is tried again. */
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
  /** The driver's session. */
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

/** One consumer, across any number of group memberships and outages. */
export class KafkaConsumer implements AttachedConsumer {
  readonly spec: ConsumerPlan['spec']
  /** Its group is its own, made anew each time it attaches. */
  readonly startsAnew: boolean
  /** The broker's latest name for it, while it may be a member. */
  memberId: string | undefined
  /** When the broker evicts it after a crash, Unix time in milliseconds. */
  evictedAt: number | undefined
  /** partition → offset: how far the broker has confirmed its commits */
  readonly committed = new Map<number, string>()
  readonly #options: KafkaConsumerOptions
  readonly #life: ConsumerLife<Membership>
  readonly #pauses: PartitionPauses
  readonly #positions: StartPositions
  #read: ReadSettings
  /** The latest one. */
  #membership: Membership | undefined
  /** The attempt to get in place, while there is one. */
  #attempt:
    | { isFirst: boolean; attached(membership: Membership): void; done: Deferred<Membership> }
    | undefined
  /** The assignment that was reported last. */
  #reported: Assignment | undefined
  #deliveries = 0
  #ending: Promise<void> | undefined

  constructor(options: KafkaConsumerOptions) {
    const { plan, session, closing, listener, onEnded } = options
    const { address: topic, group } = plan.spec
    this.spec = plan.spec
    this.startsAnew = plan.startsAnew
    this.#options = options
    this.#read = plan.read
    this.#pauses = new PartitionPauses(topic)
    const admin = () => session.require().admin
    this.#positions = new StartPositions({ ...options, ...plan, topic, group, admin })
    this.#life = new ConsumerLife({
      failures,
      attachTimeoutMs: ATTACH_LIMIT_MS,
      closing,
      untilUp: (signal) => session.untilUp(signal),
      open: (attempt) => this.#getInPlace(attempt),
      onLost: () => undefined,
      goodbye: (membership) => this.#leaveGroup(membership),
      isFinal: () => false,
      retriesFirst: (error) => !(error instanceof AppError),
      evictedAt: () => this.#evictionDue(),
      maxRetryMs: MAX_RETRY_MS,
      listener,
      onEnded,
    })
  }

  /** Its group had read the topic before it came. */
  get hadRead(): boolean {
    return this.#positions.hadRead
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
      this.#options.assignment.left(this.spec.name)
      throw error
    }
  }

  async pause(): Promise<void> {
    this.#pauses.pause()
  }

  async resume(): Promise<void> {
    this.#pauses.resume()
  }

  async update(settings: Settings): Promise<void> {
    this.#read = changedSettings(this.#options.plan, this.#read, settings)
  }

  async settle(): Promise<void> {
    throw new AppError('not-capable', SETTLES_NOTHING)
  }

  async seek(position: Seek): Promise<void> {
    const { redeliveries, session } = this.#options
    const own = this.#membership?.assignment?.partitions ?? []
    try {
      const { admin } = session.require()
      const target = { admin, redeliveries, topic: this.spec.address, own }
      await this.#membership?.seek(await seekTarget(target, position))
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
    if (this.#attempt?.isFirst) {
      this.#attempt.done.reject(failures.brokerDown(reason))
      return
    }
    this.#life.suspend(new Error(reason))
    this.#options.assignment.lost(this.spec.name)
  }

  /** Call about once a second while the broker answers. */
  check(): void {
    const isSilent = now() - (this.#membership?.lastSignAt ?? 0) > SILENT_MS
    if (isSilent) this.#membership?.fail(new Error('nothing was heard from the broker'))
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
      joined: (memberId) => {
        this.memberId = memberId
      },
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

  /** Joins the group, and waits until it has its partitions and a position in each. */
  async #getInPlace({ signal, absence, attached }: Attempt<Membership>): Promise<Membership> {
    const isFirst = absence === null
    if (isFirst && this.#membership) await sleep(FIRST_RETRY_MS, signal)
    signal.throwIfAborted()
    this.#options.session.require()
    const attempt = { isFirst, attached, done: createDeferred<Membership>() }
    this.#attempt = attempt
    const membership = this.#isWanted ? this.#join() : undefined
    try {
      return await unlessAborted(signal, attempt.done.promise, () => undefined)
    } catch (error) {
      await membership?.destroy('it is not in place')
      throw error
    } finally {
      this.#attempt = undefined
    }
  }

  #join(): Membership {
    const { plan, assignment } = this.#options
    assignment.joining(plan.spec.name)
    this.#membership = new Membership({
      ...this.#options,
      topic: plan.spec.address,
      group: plan.spec.group,
      settings: () => this.#read,
      pauses: this.#pauses,
      positions: this.#positions,
      committed: this.committed,
      hooks: this.#membershipHooks(),
    })
    return this.#membership
  }

  /** Called with each assignment, and with each heartbeat: so a member that is back before the driver is up gets in place. */
  #nowInPlace(current: Assignment): void {
    if (!this.#isWanted || !this.#isUp || !this.#membership) return
    if (this.#life.isAttached && this.#reported === current) return
    this.#reported = current
    this.#options.assignment.joined(this.spec.name, current.partitions, current.generation)
    this.#life.resume()
    this.#attempt?.attached(this.#membership)
    this.#attempt?.done.resolve(this.#membership)
  }

  #memberFailed(error: unknown): void {
    if (!this.#isWanted) return
    const { assignment, fault } = this.#options
    const { name } = this.spec
    if (this.#attempt?.isFirst && isFinal(error)) {
      this.#attempt.done.reject(failures.toAppError(error, `the consumer ${name}`))
      return
    }
    if (this.#life.isAttached) fault('session-ended', reasonOf(error))
    if (this.#isUp) assignment.lost(name)
    this.#attempt?.done.reject(error)
  }

  async #leave(): Promise<void> {
    // While it is away, an attempt to come back may have made it a member already.
    if (!this.#life.session && !this.#life.isEnded) await this.#leaveGroup(this.#membership)
    await this.#life.leave(LEAVE_LIMIT_MS)
  }

  async #leaveGroup(membership: Membership | undefined): Promise<void> {
    const { assignment, fault, afterLeaving } = this.#options
    const committed = membership?.flush() ?? Promise.resolve()
    await withDeadline('committing', COMMIT_LIMIT_MS, committed).catch((error) =>
      fault('commit-failed', reasonOf(error)),
    )
    assignment.left(this.spec.name)
    await membership?.leave()
    await afterLeaving()
  }

  async #crash(): Promise<void> {
    void this.#membership?.destroy('crashed on purpose')
    this.#options.assignment.crashed(this.spec.name)
    await this.#life.crash()
  }

  #evictionDue(): number {
    const lastSignAt = this.#membership?.lastSignAt ?? 0
    this.evictedAt = Math.max(lastSignAt, now() - SESSION_TIMEOUT_MS) + SESSION_TIMEOUT_MS
    return this.evictedAt
  }
}
