import type { Admin } from 'kafkajs'
import { AppError } from '#lib/protocol/errors.ts'
import { backoffMs } from '#lib/util/backoff.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import type { AttachedConsumer, ConsumerEvent, ConsumerSpec, DriverLog } from '../contract.ts'
import { createCommitter } from './committer.ts'
import { brokerCodeOf, brokerDown, isRebalance, reasonOf, toAppError } from './errors.ts'
import { createIntake } from './intake.ts'
import { withLimit } from './limit.ts'
import { logConsumerSettings, SESSION_TIMEOUT_MS } from './manifest.ts'
import { createPositions } from './positions.ts'
import { createReading } from './reading.ts'
import { deliveryOf } from './record.ts'
import type { Seen } from './seen.ts'
import { createSession, type Session } from './session.ts'
import type { ShareKeeper } from './shares.ts'

/** A dead member keeps a rebalance waiting for its session timeout; joining behind one or two of them must fit. */
const ATTACH_LIMIT_MS = 20_000
const COMMIT_LIMIT_MS = 1_000
const SETTLE_RETRY_MS = 200
const FIRST_RETRY_MS = 250
const MAX_RETRY_MS = 3_000
/** Longer than the longest wait for a rebalance: whoever hears nothing for so long is stuck. */
const SILENT_MS = 15_000

export interface ReaderOptions {
  spec: ConsumerSpec & { group: string }
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
  /** It is over: left, crashed, or never attached. */
  onEnd(): void
}

/** One consumer for as long as its owner wants it, across any number of sessions. */
export interface Reader extends AttachedConsumer {
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

type Phase = 'attaching' | 'attached' | 'leaving' | 'crashed' | 'detached'

/** Refusals that trying again doesn't change. */
const FINAL_CODES = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_GROUP_ID',
  'INCONSISTENT_GROUP_PROTOCOL',
  'GROUP_AUTHORIZATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
])

export function createReader(options: ReaderOptions): Reader {
  const { spec, emit, seen, share } = options
  const { address: topic, group, name } = spec
  const { from } = logConsumerSettings.parse(spec.settings)
  const first = createDeferred<void>()
  const intake = createIntake(topic)
  const committer = createCommitter(topic, (text) => options.trouble('commit-failed', text))
  const positions = createPositions({ topic, group, from, seen, admin: options.admin })
  let phase: Phase = 'attaching'
  let session: Session | undefined
  let memberId: string | undefined
  let evictedAt: number | undefined
  let deliveries = 0
  let tries = 0
  let timer: NodeJS.Timeout | undefined
  let lastSignAt = 0
  let attachedOnce = false
  /** The share of now; null between shares. */
  let current: { partitions: number[]; generation: number | null; settled: boolean } | null = null

  const isOver = () => phase === 'crashed' || phase === 'detached'
  const state = (
    next: 'attaching' | 'attached' | 'crashed' | 'detached',
    more: { reason?: string; evictedAt?: number } = {},
  ) => {
    emit({ type: 'state', state: next, ...more, at: now() })
  }

  const ready = () => {
    // A member that is back before the driver knows of its broker says so with its next heartbeat.
    if (!current?.settled || phase === 'leaving' || isOver() || !options.isUp()) return
    tries = 0
    share.joined(name, current.partitions, current.generation)
    if (phase !== 'attaching') return
    phase = 'attached'
    attachedOnce = true
    state('attached')
    first.resolve()
  }

  const unready = (reason: string) => {
    if (phase !== 'attached') return
    phase = 'attaching'
    state('attaching', { reason })
  }

  const settle = async (of: Session, started: Promise<void>, held: number[]) => {
    const mine = current
    const isCurrent = () => mine !== null && current === mine && session === of
    await started
    while (mine && isCurrent()) {
      try {
        await positions.settle(of.consumer, held, isCurrent)
        if (!isCurrent()) return
        intake.release(held)
        mine.settled = true
        return ready()
      } catch (error) {
        if (isRebalance(error)) return
        options.log.debug({ consumer: name, reason: reasonOf(error) }, 'a position was not taken yet')
        await new Promise((resolve) => setTimeout(resolve, SETTLE_RETRY_MS))
      }
    }
  }

  const giveUp = (error: AppError) => {
    if (attachedOnce || isOver()) return
    phase = 'detached'
    clearTimeout(timer)
    share.left(name)
    const ending = session
    session = undefined
    current = null
    void ending?.cut('it could not attach')
    options.onEnd()
    first.reject(error)
  }

  const failed = (of: Session, error: unknown) => {
    if (session !== of) return
    session = undefined
    current = null
    intake.end()
    committer.reset()
    void of.cut('its session ended')
    if (phase === 'leaving' || isOver()) return
    const reason = reasonOf(error)
    if (!attachedOnce && FINAL_CODES.has(brokerCodeOf(error) ?? '')) {
      giveUp(toAppError(error, `the consumer ${name}`))
      return
    }
    if (phase === 'attached') options.trouble('session-ended', reason)
    unready(reason)
    if (options.isUp()) share.lost(name)
    clearTimeout(timer)
    timer = setTimeout(begin, backoffMs(tries++, FIRST_RETRY_MS, MAX_RETRY_MS))
  }

  const openSession = (): Session => {
    let started: Promise<void> = Promise.resolve()
    const reading = createReading({
      intake,
      committer,
      isOpen: () => session === opened && (phase === 'attached' || phase === 'attaching'),
      deliver: (record, partition) => {
        const redelivered = seen.mark(group, topic, partition, Number(record.offset))
        emit(deliveryOf(record, { topic, partition, delivery: ++deliveries, redelivered }))
      },
    })
    const opened = createSession(
      { ...options, topic, group, readers: options.readers() },
      {
        joined: (partitions, id) => {
          lastSignAt = now()
          memberId = id
          committer.reset()
          current = { partitions, generation: null, settled: false }
          const held = positions.unsettled(partitions)
          intake.begin(opened.consumer, held)
          if (held.length > 0) {
            settle(opened, started, held).catch((error) => failed(opened, error))
            return
          }
          current.settled = true
          ready()
        },
        rebalancing: () => {
          void committer.flush()
          current = null
          if (phase !== 'leaving') share.rebalancing(name)
        },
        alive: (generation) => {
          lastSignAt = now()
          if (current) current.generation = generation
          if (phase === 'attaching') ready()
        },
        committed: (partition, upTo) => {
          // Where a new group starts is settled by a commit, too; nothing was read then.
          if (current?.settled === false) return
          emit({ type: 'committed', group, partition, upTo, evidence: 'broker', at: now() })
        },
        fetched: positions.fetched,
        skipped: () => undefined,
        batch: reading,
        ended: (error) => failed(opened, error),
      },
    )
    return Object.assign(opened, {
      start: ((start) => () => {
        started = start()
        return started
      })(opened.start),
    })
  }

  function begin(): void {
    if (session || phase === 'leaving' || isOver() || !options.isUp()) return
    lastSignAt = now()
    const opened = openSession()
    session = opened
    share.joining(name)
    positions
      .prepare()
      .then(() => (session === opened ? opened.start() : undefined))
      .catch((error) => failed(opened, error))
  }

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
    if (phase === 'leaving' || isOver()) return
    const wasAttached = attachedOnce
    phase = 'leaving'
    clearTimeout(timer)
    const ending = session
    intake.end()
    if (ending) {
      await withLimit(committer.flush(), COMMIT_LIMIT_MS, 'committing').catch((error) =>
        options.trouble('commit-failed', reasonOf(error)),
      )
      share.left(name)
      session = undefined
      await ending.leave()
    } else share.left(name)
    committer.close()
    phase = 'detached'
    current = null
    options.onEnd()
    state('detached')
    if (!wasAttached) first.reject(brokerDown('the consumer was closed'))
  }
  let leaving: Promise<void> | undefined

  const crash = async () => {
    if (phase === 'leaving' || isOver()) return
    phase = 'crashed'
    clearTimeout(timer)
    const ending = session
    session = undefined
    current = null
    intake.end()
    committer.close()
    evictedAt = Math.max(lastSignAt, now() - SESSION_TIMEOUT_MS) + SESSION_TIMEOUT_MS
    share.crashed(name)
    const gone = ending?.cut('crashed on purpose')
    state('crashed', { evictedAt })
    options.onEnd()
    await gone
  }

  return {
    spec,
    get memberId() {
      return memberId
    },
    get evictedAt() {
      return evictedAt
    },
    attach,
    pause: async () => intake.pause(),
    resume: async () => intake.resume(),
    leave: () => {
      leaving ??= leave()
      return leaving
    },
    crash,
    update: async () => {
      throw new AppError('not-capable', 'where a group starts is settled once it has started')
    },
    brokerWentDown: (reason) => {
      if (phase === 'leaving' || isOver()) return
      if (!attachedOnce) return giveUp(brokerDown(reason))
      unready(reason)
      share.lost(name)
    },
    brokerIsUp: () => {
      clearTimeout(timer)
      lastSignAt = now()
      begin()
    },
    check: () => {
      if (session && now() - lastSignAt > SILENT_MS)
        failed(session, new Error('nothing was heard from the broker'))
    },
  }
}
