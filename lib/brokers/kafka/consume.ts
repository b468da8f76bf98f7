import type { Admin } from 'kafkajs'
import { AppError } from '#lib/protocol/errors.ts'
import { backoffMs } from '#lib/util/backoff.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import type { AttachedConsumer, ConsumerEvent, ConsumerSpec, DriverLog } from '../contract.ts'
import { brokerDown, isFinal, reasonOf, toAppError, withLimit } from './failures.ts'
import type { GroupAssignment } from './group-assignments.ts'
import { SESSION_TIMEOUT_MS } from './manifest.ts'
import { type Assignment, Membership } from './membership.ts'
import { deliveryOf } from './metadata.ts'
import { seekTarget } from './offsets.ts'
import type { Redeliveries } from './redeliveries.ts'
import { type ConsumerPlan, changedSettings } from './settings.ts'

/** A dead member keeps a rebalance waiting for its session timeout; joining behind one or two of them must fit. */
const ATTACH_LIMIT_MS = 20_000
const COMMIT_LIMIT_MS = 1_000
const FIRST_RETRY_MS = 250
const MAX_RETRY_MS = 3_000
/** Longer than the longest wait for a rebalance: whoever hears nothing for so long is stuck. */
const SILENT_MS = 15_000

export interface ConsumerOptions {
  plan: ConsumerPlan
  emit(event: ConsumerEvent): void
  brokers: readonly string[]
  clientId: string
  log: DriverLog
  redeliveries: Redeliveries
  assignment: GroupAssignment
  consumerCount(): number
  isUp(): boolean
  admin(): Admin
  trouble(code: string, text: string): void
  /** It has left in good order; what was made for it on the broker can go. Never rejects. */
  afterLeaving(): Promise<void>
  /** It is over: left, crashed, or never attached. */
  onEnd(): void
}

/** One consumer for as long as its owner wants it, across any number of sessions. */
export interface KafkaConsumer extends AttachedConsumer {
  readonly spec: ConsumerSpec & { group: string }
  /** Whether its group is its own, made anew whenever it attaches. */
  readonly startsAnew: boolean
  /** Its group had read the topic before it came. */
  readonly joinedExisting: boolean
  /** The generation of its group as it knows it; null when it doesn't. */
  readonly generation: number | null
  /** How far the broker has taken its commits, by partition. */
  readonly committed: ReadonlyMap<number, string>
  /** The broker's name for it, while it may be a member. */
  readonly memberId: string | undefined
  /** When the broker drops a crashed one, milliseconds since the epoch. */
  readonly evictedAt: number | undefined
  attach(): Promise<void>
  brokerWentDown(reason: string): void
  brokerIsUp(): void
  /** Called every second while the broker answers. */
  check(): void
}

/** `joining`: has never been attached. `away`: was, and will be again. */
type Phase = 'joining' | 'attached' | 'away' | 'leaving' | 'crashed' | 'detached'

export function createConsumer(options: ConsumerOptions): KafkaConsumer {
  const { plan, emit, redeliveries, assignment, admin } = options
  const { spec, from, startsAnew } = plan
  const { address: topic, group, name } = spec
  let { read } = plan
  const first = createDeferred<void>()
  let phase: Phase = 'joining'
  let evictedAt: number | undefined
  let deliveries = 0
  let tries = 0
  let timer: NodeJS.Timeout | undefined
  let reported: Assignment | undefined

  const isWanted = () => phase === 'joining' || phase === 'attached' || phase === 'away'
  const state = (
    next: 'attaching' | 'attached' | 'crashed' | 'detached',
    more: { reason?: string; evictedAt?: number } = {},
  ) => emit({ type: 'state', state: next, ...more, at: now() })

  const becomeAway = (reason: string) => {
    if (phase !== 'attached') return
    phase = 'away'
    state('attaching', { reason })
  }

  /** Ends what was never attached, and tells who waits for it. */
  const giveUp = (error: AppError) => {
    if (phase !== 'joining') return
    phase = 'detached'
    clearTimeout(timer)
    assignment.left(name)
    membership.take()?.cut('it could not attach').catch(options.onEnd)
    options.onEnd()
    first.reject(error)
  }

  const begin = () => {
    if (!isWanted() || !options.isUp() || membership.hasMember) return
    assignment.joining(name)
    membership.begin()
  }

  const inPlace = (current: Assignment) => {
    // A member that is back before the driver knows of its broker says so with its next heartbeat.
    if (!isWanted() || !options.isUp() || (phase === 'attached' && reported === current)) return
    reported = current
    tries = 0
    assignment.joined(name, current.partitions, current.generation)
    if (phase === 'attached') return
    phase = 'attached'
    state('attached')
    first.resolve()
  }

  const failed = (error: unknown) => {
    if (!isWanted()) return
    const reason = reasonOf(error)
    if (phase === 'joining' && isFinal(error)) {
      giveUp(toAppError(error, `the consumer ${name}`))
      return
    }
    if (phase === 'attached') options.trouble('session-ended', reason)
    becomeAway(reason)
    if (options.isUp()) assignment.lost(name)
    clearTimeout(timer)
    timer = setTimeout(begin, backoffMs(tries++, FIRST_RETRY_MS, MAX_RETRY_MS))
  }

  const membership = new Membership({
    ...options,
    topic,
    group,
    from,
    startsAnew,
    settings: () => read,
    hooks: {
      inPlace,
      failed,
      rebalancing: () => assignment.rebalancing(name),
      mayDeliver: isWanted,
      deliver: (record, partition) => {
        const redelivered = redeliveries.mark(group, topic, partition, Number(record.offset))
        emit(deliveryOf(record, { topic, partition, delivery: ++deliveries, redelivered }))
      },
      committed: (partition, upTo) =>
        emit({ type: 'committed', group, partition, upTo, evidence: 'broker', at: now() }),
      commitsFail: (text) => options.trouble('commit-failed', text),
    },
  })

  const attach = async () => {
    state('attaching')
    begin()
    try {
      await withLimit(first.promise, ATTACH_LIMIT_MS, `attaching ${name}`)
    } catch (error) {
      const told = toAppError(error, `the consumer ${name}`)
      giveUp(told)
      throw told
    }
  }

  const leave = async () => {
    if (!isWanted()) return
    const waitedFor = phase === 'joining'
    phase = 'leaving'
    clearTimeout(timer)
    await withLimit(membership.flush(), COMMIT_LIMIT_MS, 'committing').catch((error) =>
      options.trouble('commit-failed', reasonOf(error)),
    )
    assignment.left(name)
    await membership.take()?.leave()
    await options.afterLeaving()
    phase = 'detached'
    options.onEnd()
    state('detached')
    if (waitedFor) first.reject(brokerDown('the consumer was closed'))
  }
  let leaving: Promise<void> | undefined

  const crash = async () => {
    if (!isWanted()) return
    phase = 'crashed'
    clearTimeout(timer)
    const gone = membership.take()?.cut('crashed on purpose')
    evictedAt = Math.max(membership.lastSignAt, now() - SESSION_TIMEOUT_MS) + SESSION_TIMEOUT_MS
    assignment.crashed(name)
    state('crashed', { evictedAt })
    options.onEnd()
    await gone
  }

  return {
    spec,
    startsAnew,
    committed: membership.committed,
    get joinedExisting() {
      return membership.hadRead
    },
    get generation() {
      return membership.assignment?.generation ?? null
    },
    get memberId() {
      return membership.memberId
    },
    get evictedAt() {
      return evictedAt
    },
    attach,
    pause: async () => membership.pause(),
    resume: async () => membership.resume(),
    leave: () => {
      leaving ??= leave()
      return leaving
    },
    crash,
    update: async (settings) => {
      read = changedSettings(plan, read, settings)
    },
    settle: async () => {
      throw new AppError(
        'not-capable',
        'Kafka readers commit a position; single messages are not acknowledged.',
      )
    },
    seek: async (position) => {
      const own = membership.assignment?.partitions ?? []
      try {
        await membership.seek(await seekTarget({ admin: admin(), redeliveries, topic, own }, position))
      } catch (error) {
        throw toAppError(error, `where ${name} reads from`)
      }
    },
    brokerWentDown: (reason) => {
      if (!isWanted()) return
      if (phase === 'joining') return giveUp(brokerDown(reason))
      becomeAway(reason)
      assignment.lost(name)
    },
    brokerIsUp: () => {
      clearTimeout(timer)
      begin()
    },
    check: () => {
      const isSilent = now() - membership.lastSignAt > SILENT_MS
      if (membership.hasMember && isSilent) membership.fail(new Error('nothing was heard from the broker'))
    },
  }
}
