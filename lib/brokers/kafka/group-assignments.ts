import { now } from '#lib/util/clock.ts'
import { createSignal } from '#lib/util/emitter.ts'
import type { AssignmentChange } from '../contract.ts'

type Cause = NonNullable<AssignmentChange['cause']>

interface Member {
  partitions: number[]
  /** It must join again before the rebalance is over. */
  mustJoin: boolean
  /** Crashed or silent, and a member for the broker until it is evicted. */
  doomed: boolean
}

/**
 * The members of every group that are consumers of this driver, and which partitions each reads. Kafka announces no
 * rebalance as a whole: it lasts from its first sign among our members (one joins, leaves, or is asked to join again) to the
 * last join, since an eager rebalance involves every member.
 */
export class GroupAssignments {
  readonly #changes = createSignal<AssignmentChange>()
  readonly #groups = new Map<string, GroupAssignment>()
  readonly onChange = this.#changes.on

  of(address: string, group: string): GroupAssignment {
    const key = `${address}\n${group}`
    const existing = this.#groups.get(key)
    if (existing) return existing
    const onEmpty = () => void this.#groups.delete(key)
    const created = new GroupAssignment({ address, group, emit: this.#changes.emit, onEmpty })
    this.#groups.set(key, created)
    return created
  }
}

interface GroupAssignmentOptions {
  address: string
  group: string
  emit(change: AssignmentChange): void
  /** The last member left. */
  onEmpty(): void
}

/** One group's assignment; its consumers report here what happens to them. */
export class GroupAssignment {
  readonly #options: GroupAssignmentOptions
  readonly #members = new Map<string, Member>()
  /** When the rebalance under way began; null while stable. */
  #since: number | null = null
  #generation: number | null = null

  constructor(options: GroupAssignmentOptions) {
    this.#options = options
  }

  joining(consumer: string): void {
    this.#awaitJoin(consumer)
    this.#begin({ what: 'join', consumer })
  }

  rebalancing(consumer: string): void {
    const doomed = [...this.#members].find(([, member]) => member.doomed)?.[0]
    this.#begin(doomed === undefined ? { what: 'unknown' } : { what: 'evict', consumer: doomed })
    this.#awaitJoin(consumer)
  }

  joined(consumer: string, partitions: number[], generation: number | null): void {
    this.#begin({ what: 'unknown' })
    this.#members.set(consumer, { partitions, mustJoin: false, doomed: false })
    this.#generation = generation ?? this.#generation
    this.#endIfAllJoined()
  }

  left(consumer: string): void {
    if (!this.#members.delete(consumer)) return
    if ([...this.#members.values()].some(({ doomed }) => !doomed)) {
      this.#begin({ what: 'leave', consumer })
      this.#endIfAllJoined()
      return
    }
    this.#since = null
    this.#generation = null
    if (this.#members.size === 0) this.#options.onEmpty()
    this.#report('stable', { cause: { what: 'leave', consumer }, durationMs: 0 })
  }

  crashed(consumer: string): void {
    const member = this.#members.get(consumer)
    if (!member) return
    member.doomed = true
    member.mustJoin = false
    this.#endIfAllJoined()
  }

  /** It was silent for longer than the broker waits for a member. */
  evicted(consumer: string): void {
    if (this.#members.get(consumer)?.doomed === false) this.crashed(consumer)
  }

  /** It lost its broker, and will join again, unless the broker has evicted it before. */
  lost(consumer: string): void {
    if (this.#members.get(consumer)?.doomed !== false) return
    this.#begin({ what: 'lost', consumer })
    this.#awaitJoin(consumer)
  }

  #awaitJoin(consumer: string): void {
    const partitions = this.#members.get(consumer)?.partitions ?? []
    this.#members.set(consumer, { partitions, mustJoin: true, doomed: false })
  }

  #begin(cause: Cause): void {
    if (this.#since !== null) return
    this.#since = performance.now()
    this.#generation = null
    for (const member of this.#members.values()) member.mustJoin = !member.doomed
    this.#report('rebalancing', { cause })
  }

  #endIfAllJoined(): void {
    if (this.#since === null) return
    for (const member of this.#members.values()) if (member.mustJoin) return
    // A crashed member did not join this rebalance, so the broker has evicted it.
    for (const [consumer, member] of this.#members) if (member.doomed) this.#members.delete(consumer)
    const durationMs = performance.now() - this.#since
    this.#since = null
    this.#report('stable', { durationMs })
  }

  #report(phase: AssignmentChange['phase'], more: Partial<AssignmentChange>): void {
    const { address, group, emit } = this.#options
    emit({
      address,
      group,
      phase,
      generation: phase === 'stable' ? this.#generation : null,
      members: [...this.#members].map(([consumer, { partitions }]) => ({
        consumer,
        partitions: [...partitions],
      })),
      evidence: 'client',
      at: now(),
      ...more,
    })
  }
}
