import type { Admin, Consumer, KafkaMessage, Offsets } from 'kafkajs'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { createCommitter } from './committer.ts'
import { isRebalance, reasonOf } from './errors.ts'
import { createIntake } from './intake.ts'
import type { LinkOptions } from './link.ts'
import type { Place } from './places.ts'
import { createPositions } from './positions.ts'
import { createReading } from './reading.ts'
import type { Seen } from './seen.ts'
import { createSession, type Session } from './session.ts'
import type { ReadingSettings } from './settings.ts'

const SETTLE_RETRY_MS = 200

export interface MembershipOptions extends LinkOptions {
  topic: string
  group: string
  from: Place
  startsAnew: boolean
  /** As they are now; whether it reads uncommitted is settled with each session. */
  settings(): ReadingSettings
  seen: Seen
  readers(): number
  admin(): Admin
  hooks: MembershipHooks
}

export interface MembershipHooks {
  /** A member with a share, positioned in all of it: told with each share, and with each heartbeat while in it. */
  inPlace(share: Share): void
  rebalancing(): void
  mayDeliver(): boolean
  deliver(record: KafkaMessage, partition: number): void
  committed(partition: number, upTo: string): void
  /** Its session ended by itself; `begin` makes a new one. */
  failed(error: unknown): void
  commitsFail(reason: string): void
}

/** The partitions of now. `generation` is null where kafkajs did not tell it; then the first answer that carries it does. */
export interface Share {
  partitions: number[]
  generation: number | null
  settled: boolean
}

/** For what is read without a batch that brings its own way to commit. */
const commitThrough =
  (consumer: Consumer) =>
  ({ topics }: Offsets): Promise<void> =>
    consumer.commitOffsets(
      topics.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => ({ topic, partition, offset })),
      ),
    )

/** A consumer's place in its group: one session after the other, with positions, commits and pauses that outlive them. */
export interface Membership {
  /** The broker's name for the latest one. */
  readonly memberId: string | undefined
  /** When the broker was last heard from, milliseconds since the epoch. */
  readonly lastSignAt: number
  readonly hasSession: boolean
  /** The share of now; null while it has none. */
  readonly share: Share | null
  /** The group had read the topic before this consumer came. */
  readonly hadRead: boolean
  /** How far the broker has taken commits of this consumer, by partition. */
  readonly commits: ReadonlyMap<number, string>
  /** Joins, unless there is a session; `failed` is told when that doesn't work. */
  begin(): void
  /** Ends the session without a goodbye, as if it had failed. */
  fail(error: unknown): void
  pause(): void
  resume(): void
  /**
   * Reads each of these partitions on from there, and makes the group remember it. Throws AppError `wrong-state` while it has
   * no share, or loses it meanwhile.
   */
  seek(offsets: ReadonlyMap<number, string>): Promise<void>
  /** Commits what is open. */
  flush(): Promise<void>
  /** Hands over the session to be ended; nothing is heard of it any more, and nothing is committed. */
  take(): Session | undefined
}

export function createMembership(options: MembershipOptions): Membership {
  const { topic, hooks, log } = options
  const intake = createIntake(topic)
  const committer = createCommitter(topic, hooks.commitsFail)
  const positions = createPositions(options)
  let session: Session | undefined
  let memberId: string | undefined
  let share: Share | null = null
  let lastSignAt = 0
  const commits = new Map<number, string>()

  const take = (): Session | undefined => {
    const taken = session
    session = undefined
    share = null
    intake.end()
    committer.reset()
    return taken
  }

  const failed = (of: Session, error: unknown) => {
    if (session !== of) return
    take()
    of.cut('its session ended').catch((reason) => log.warn({ error: reason }, 'a session did not end'))
    hooks.failed(error)
  }

  const inPlace = () => {
    if (share?.settled) hooks.inPlace(share)
  }

  /** Sees to the positions of what is held back, and lets it in; gives up as soon as the share is over. */
  const settle = async (of: Session, mine: Share, held: number[]) => {
    const isCurrent = () => share === mine && session === of
    await of.start()
    while (isCurrent()) {
      try {
        await positions.settle(of.consumer, held, isCurrent)
        if (!isCurrent()) return
        intake.release(held)
        mine.settled = true
        return inPlace()
      } catch (error) {
        if (isRebalance(error)) return
        log.debug({ topic, reason: reasonOf(error) }, 'a position was not taken yet')
        await new Promise((resolve) => setTimeout(resolve, SETTLE_RETRY_MS))
      }
    }
  }

  const joined = (of: Session, partitions: number[], id: string, generation: number | null) => {
    lastSignAt = now()
    memberId = id
    committer.reset()
    const held = positions.unsettled(partitions)
    share = { partitions, generation, settled: held.length === 0 }
    intake.begin(of.consumer, held)
    if (held.length === 0) inPlace()
    else settle(of, share, held).catch((error) => failed(of, error))
  }

  const alive = (generation: number) => {
    lastSignAt = now()
    if (share) share.generation = generation
  }

  const openSession = (): Session => {
    const isOpen = () => session === opened && hooks.mayDeliver()
    const opened = createSession(
      { ...options, readUncommitted: options.settings().readUncommitted },
      {
        joined: (...told) => joined(opened, ...told),
        rebalancing: () => {
          void committer.flush()
          share = null
          hooks.rebalancing()
        },
        alive: (generation) => {
          alive(generation)
          inPlace()
        },
        committed: (generation, partition, upTo) => {
          alive(generation)
          commits.set(partition, upTo)
          // Where a new group starts is settled by a commit, too; nothing was read then.
          if (share?.settled !== false) hooks.committed(partition, upTo)
        },
        fetched: positions.fetched,
        skipped: (partition, next) => committer.note(partition, next, commitThrough(opened.consumer)),
        batch: createReading({
          intake,
          committer,
          settings: options.settings,
          isOpen,
          deliver: hooks.deliver,
        }),
        ended: (error) => failed(opened, error),
      },
    )
    return opened
  }

  const begin = () => {
    if (session) return
    lastSignAt = now()
    const opened = openSession()
    session = opened
    positions
      .prepare()
      .then(() => (session === opened ? opened.start() : undefined))
      .catch((error) => failed(opened, error))
  }

  const seek = async (offsets: ReadonlyMap<number, string>) => {
    const [of, mine] = [session, share]
    if (!of || !mine?.settled) throw sharedAnew()
    const partitions = [...offsets.keys()]
    intake.hold(partitions)
    try {
      await committer.flush()
      if (share !== mine) throw sharedAnew()
      committer.drop(partitions)
      await positions.seek(of.consumer, offsets)
    } catch (error) {
      if (isRebalance(error)) throw sharedAnew(error)
      throw error
    } finally {
      if (share === mine) intake.release(partitions)
    }
  }

  return {
    get memberId() {
      return memberId
    },
    get lastSignAt() {
      return lastSignAt
    },
    get hasSession() {
      return session !== undefined
    },
    get share() {
      return share
    },
    get hadRead() {
      return positions.hadRead
    },
    commits,
    seek,
    begin,
    fail: (error) => {
      if (session) failed(session, error)
    },
    pause: intake.pause,
    resume: intake.resume,
    flush: committer.flush,
    take,
  }
}

const sharedAnew = (cause?: unknown) =>
  new AppError('wrong-state', 'its group is sharing out its partitions; try again when it has', { cause })
