import type { Admin } from 'kafkajs'
import { AppError } from '#lib/protocol/errors.ts'
import { backoffMs } from '#lib/util/backoff.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import type { AttachedConsumer, ConsumerEvent, ConsumerSpec, DriverLog } from '../contract.ts'
import { brokerDown, isFinal, reasonOf, toAppError } from './errors.ts'
import { withLimit } from './limit.ts'
import { SESSION_TIMEOUT_MS } from './manifest.ts'
import { createMembership, type Share } from './membership.ts'
import { changedReading, type ReaderPlan } from './modes.ts'
import { deliveryOf } from './record.ts'
import { seekTarget } from './seek-target.ts'
import type { Seen } from './seen.ts'
import type { ShareKeeper } from './shares.ts'

/** A dead member keeps a rebalance waiting for its session timeout; joining behind one or two of them must fit. */
const ATTACH_LIMIT_MS = 20_000
const COMMIT_LIMIT_MS = 1_000
const FIRST_RETRY_MS = 250
const MAX_RETRY_MS = 3_000
/** Longer than the longest wait for a rebalance: whoever hears nothing for so long is stuck. */
const SILENT_MS = 15_000

export interface ReaderOptions {
  plan: ReaderPlan
  emit(event: ConsumerEvent): void
  brokers: readonly string[]
  clientId: string
  log: DriverLog
  seen: Seen
  share: ShareKeeper
  readers(): number
  isUp(): boolean
  admin(): Admin
  trouble(code: string, text: string): void
  /** It has left in good order; what was made for it on the broker can go. Never rejects. */
  afterLeaving(): Promise<void>
  /** It is over: left, crashed, or never attached. */
  onEnd(): void
}

/** One consumer for as long as its owner wants it, across any number of sessions. */
export interface Reader extends AttachedConsumer {
  readonly spec: ConsumerSpec & { group: string }
  /** Whether its group is its own, made anew whenever it attaches. */
  readonly startsAnew: boolean
  /** Its group had read the topic before it came. */
  readonly joinedOld: boolean
  /** The generation of its group as it knows it; null when it doesn't. */
  readonly generation: number | null
  /** How far the broker has taken its commits, by partition. */
  readonly commits: ReadonlyMap<number, string>
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

export function createReader(options: ReaderOptions): Reader {
  const { plan, emit, seen, share, admin } = options
  const { spec, from, startsAnew } = plan
  const { address: topic, group, name } = spec
  let { reading } = plan
  const first = createDeferred<void>()
  let phase: Phase = 'joining'
  let evictedAt: number | undefined
  let deliveries = 0
  let tries = 0
  let timer: NodeJS.Timeout | undefined
  let toldShare: Share | undefined

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
    share.left(name)
    membership.take()?.cut('it could not attach').catch(options.onEnd)
    options.onEnd()
    first.reject(error)
  }

  const begin = () => {
    if (!isWanted() || !options.isUp() || membership.hasSession) return
    share.joining(name)
    membership.begin()
  }

  const inPlace = (current: Share) => {
    // A member that is back before the driver knows of its broker says so with its next heartbeat.
    if (!isWanted() || !options.isUp() || (phase === 'attached' && toldShare === current)) return
    toldShare = current
    tries = 0
    share.joined(name, current.partitions, current.generation)
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
    if (options.isUp()) share.lost(name)
    clearTimeout(timer)
    timer = setTimeout(begin, backoffMs(tries++, FIRST_RETRY_MS, MAX_RETRY_MS))
  }

  const membership = createMembership({
    ...options,
    topic,
    group,
    from,
    startsAnew,
    settings: () => reading,
    hooks: {
      inPlace,
      failed,
      rebalancing: () => share.rebalancing(name),
      mayDeliver: isWanted,
      deliver: (record, partition) => {
        const redelivered = seen.mark(group, topic, partition, Number(record.offset))
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
    share.left(name)
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
    share.crashed(name)
    state('crashed', { evictedAt })
    options.onEnd()
    await gone
  }

  return {
    spec,
    startsAnew,
    commits: membership.commits,
    get joinedOld() {
      return membership.hadRead
    },
    get generation() {
      return membership.share?.generation ?? null
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
      reading = changedReading(plan, reading, settings)
    },
    settle: async () => {
      throw new AppError(
        'not-capable',
        'Kafka readers commit a position; single messages are not acknowledged.',
      )
    },
    seek: async (position) => {
      const own = membership.share?.partitions ?? []
      try {
        await membership.seek(await seekTarget({ admin: admin(), seen, topic, own }, position))
      } catch (error) {
        throw toAppError(error, `where ${name} reads from`)
      }
    },
    brokerWentDown: (reason) => {
      if (!isWanted()) return
      if (phase === 'joining') return giveUp(brokerDown(reason))
      becomeAway(reason)
      share.lost(name)
    },
    brokerIsUp: () => {
      clearTimeout(timer)
      begin()
    },
    check: () => {
      const isSilent = now() - membership.lastSignAt > SILENT_MS
      if (membership.hasSession && isSilent) membership.fail(new Error('nothing was heard from the broker'))
    },
  }
}
