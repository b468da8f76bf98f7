import type { Admin, Consumer, KafkaMessage, Offsets } from 'kafkajs'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { BatchReader, PartitionPauses } from './batch.ts'
import type { ConnectionOptions } from './connection.ts'
import { isRebalance, reasonOf } from './failures.ts'
import { GroupMember } from './group-member.ts'
import { OffsetCommits } from './offset-commits.ts'
import type { TopicPosition } from './offsets.ts'
import type { Redeliveries } from './redeliveries.ts'
import type { ReadSettings } from './settings.ts'
import { StartPositions } from './start-positions.ts'

const SETTLE_RETRY_MS = 200

export interface MembershipOptions extends ConnectionOptions {
  topic: string
  group: string
  from: TopicPosition
  startsAnew: boolean
  /** As they are now; whether it reads uncommitted records is fixed when it joins. */
  settings(): ReadSettings
  redeliveries: Redeliveries
  consumerCount(): number
  admin(): Admin
  hooks: MembershipHooks
}

export interface MembershipHooks {
  /** A member with a position in each of its partitions: called with each assignment, and with each heartbeat meanwhile. */
  inPlace(assignment: Assignment): void
  rebalancing(): void
  mayDeliver(): boolean
  deliver(record: KafkaMessage, partition: number): void
  committed(partition: number, upTo: string): void
  /** The member ended by itself; `begin` makes a new one. */
  failed(error: unknown): void
  commitsFail(reason: string): void
}

/** The partitions of now. `generation` is null where kafkajs did not log it; the next answer of the broker carries it. */
export interface Assignment {
  partitions: number[]
  generation: number | null
  settled: boolean
}

/** A consumer's membership in its group: one member after the other, with positions, commits and pauses that outlive them. */
export class Membership {
  readonly #options: MembershipOptions
  readonly #pauses: PartitionPauses
  readonly #commits: OffsetCommits
  readonly #positions: StartPositions
  #member: GroupMember | undefined
  #memberId: string | undefined
  #assignment: Assignment | null = null
  #lastSignAt = 0
  /** partition → offset: how far the broker has confirmed commits of this consumer */
  readonly committed = new Map<number, string>()

  constructor(options: MembershipOptions) {
    this.#options = options
    this.#pauses = new PartitionPauses(options.topic)
    this.#commits = new OffsetCommits(options.topic, options.hooks.commitsFail)
    this.#positions = new StartPositions(options)
  }

  /** The broker's name for the latest member. */
  get memberId(): string | undefined {
    return this.#memberId
  }

  /** When the broker was last heard from, milliseconds since the epoch. */
  get lastSignAt(): number {
    return this.#lastSignAt
  }

  get hasMember(): boolean {
    return this.#member !== undefined
  }

  /** Null while it has none. */
  get assignment(): Assignment | null {
    return this.#assignment
  }

  /** The group had read the topic before this consumer came. */
  get hadRead(): boolean {
    return this.#positions.hadRead
  }

  /** Joins, unless there is a member; `failed` is called when that doesn't work. */
  begin(): void {
    if (this.#member) return
    this.#lastSignAt = now()
    const member = this.#createMember()
    this.#member = member
    this.#positions
      .prepare()
      .then(() => (this.#member === member ? member.join() : undefined))
      .catch((error) => this.#failed(member, error))
  }

  /** Ends the member without a goodbye, as if it had failed. */
  fail(error: unknown): void {
    if (this.#member) this.#failed(this.#member, error)
  }

  /** Hands over the member to be ended: no hook is called for it any more, and nothing is committed. */
  take(): GroupMember | undefined {
    const taken = this.#member
    this.#member = undefined
    this.#assignment = null
    this.#pauses.detach()
    this.#commits.reset()
    return taken
  }

  pause(): void {
    this.#pauses.pause()
  }

  resume(): void {
    this.#pauses.resume()
  }

  /** Commits what is open. */
  flush(): Promise<void> {
    return this.#commits.flush()
  }

  /**
   * Reads each of these partitions on from there, and makes the group remember it. Throws AppError `wrong-state` while it has
   * no assignment, or loses it meanwhile.
   */
  async seek(offsets: ReadonlyMap<number, string>): Promise<void> {
    const [member, assignment] = [this.#member, this.#assignment]
    if (!member || !assignment?.settled) throw rebalancing()
    const partitions = [...offsets.keys()]
    this.#pauses.hold(partitions)
    try {
      await this.#commits.flush()
      if (this.#assignment !== assignment) throw rebalancing()
      this.#commits.drop(partitions)
      await this.#positions.seek(member.consumer, offsets)
    } catch (error) {
      if (isRebalance(error)) throw rebalancing(error)
      throw error
    } finally {
      if (this.#assignment === assignment) this.#pauses.release(partitions)
    }
  }

  #createMember(): GroupMember {
    const { settings, hooks } = this.#options
    const batches = new BatchReader({
      pauses: this.#pauses,
      commits: this.#commits,
      settings,
      mayDeliver: () => this.#member === member && hooks.mayDeliver(),
      deliver: hooks.deliver,
    })
    const member: GroupMember = new GroupMember(
      { ...this.#options, readUncommitted: settings().readUncommitted },
      {
        joined: (partitions, memberId, generation) => this.#joined(member, partitions, memberId, generation),
        rebalancing: () => {
          void this.#commits.flush()
          this.#assignment = null
          hooks.rebalancing()
        },
        alive: (generation) => {
          this.#alive(generation)
          this.#reportInPlace()
        },
        committed: (generation, partition, upTo) => {
          this.#alive(generation)
          this.committed.set(partition, upTo)
          // The commit that settles where a new group starts says nothing of reading.
          if (this.#assignment?.settled !== false) hooks.committed(partition, upTo)
        },
        fetched: this.#positions.fetched,
        skipped: (partition, next) => this.#commits.add(partition, next, commitThrough(member.consumer)),
        batch: (payload) => batches.read(payload),
        ended: (error) => this.#failed(member, error),
      },
    )
    return member
  }

  #joined(member: GroupMember, partitions: number[], memberId: string, generation: number | null): void {
    this.#lastSignAt = now()
    this.#memberId = memberId
    this.#commits.reset()
    const held = this.#positions.unsettled(partitions)
    const assignment = { partitions, generation, settled: held.length === 0 }
    this.#assignment = assignment
    this.#pauses.assign(member.consumer, held)
    if (held.length === 0) this.#reportInPlace()
    else this.#settle(member, assignment, held).catch((error) => this.#failed(member, error))
  }

  /** Positions the partitions that are held, and releases them; gives up as soon as the assignment is over. */
  async #settle(member: GroupMember, assignment: Assignment, held: number[]): Promise<void> {
    const isCurrent = () => this.#assignment === assignment && this.#member === member
    await member.join()
    while (isCurrent()) {
      try {
        await this.#positions.settle(member.consumer, held, isCurrent)
        if (!isCurrent()) return
        this.#pauses.release(held)
        assignment.settled = true
        return this.#reportInPlace()
      } catch (error) {
        if (isRebalance(error)) return
        const { log, topic } = this.#options
        log.debug({ topic, reason: reasonOf(error) }, 'a position was not settled yet')
        await new Promise((resolve) => setTimeout(resolve, SETTLE_RETRY_MS))
      }
    }
  }

  #alive(generation: number): void {
    this.#lastSignAt = now()
    if (this.#assignment) this.#assignment.generation = generation
  }

  #reportInPlace(): void {
    if (this.#assignment?.settled) this.#options.hooks.inPlace(this.#assignment)
  }

  #failed(member: GroupMember, error: unknown): void {
    if (this.#member !== member) return
    this.take()
    member
      .cut('its membership ended')
      .catch((reason) => this.#options.log.warn({ error: reason }, 'a member did not end'))
    this.#options.hooks.failed(error)
  }
}

/** Commits for what is read without a batch, which would bring its own way to commit. */
const commitThrough =
  (consumer: Consumer) =>
  ({ topics }: Offsets): Promise<void> =>
    consumer.commitOffsets(
      topics.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => ({ topic, partition, offset })),
      ),
    )

const rebalancing = (cause?: unknown) =>
  new AppError('wrong-state', 'its group is sharing out its partitions; try again when it has', { cause })
