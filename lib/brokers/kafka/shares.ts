import { now } from '#lib/util/clock.ts'
import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
import type { AssignmentChange } from '../contract.ts'

type Cause = NonNullable<AssignmentChange['cause']>

interface Member {
  partitions: number[]
  /** Has to come back before the share-out is settled. */
  pending: boolean
  /** Crashed, and still a member for the broker. */
  doomed: boolean
}

interface Group {
  address: string
  group: string
  members: Map<string, Member>
  /** When the rebalance under way began; null while settled. */
  since: number | null
  generation: number | null
}

/**
 * Who of our consumers reads which partitions, for each group. Kafka tells no one about a rebalance as a whole: it lasts from
 * the first sign among our members (one joins, leaves, or is told to join again) to the last join, since an eager
 * rebalance takes every member with it.
 */
export interface Shares {
  onChange(listener: (change: AssignmentChange) => void): Unsubscribe
  of(address: string, group: string): ShareKeeper
}

/** One group's view, for its readers to tell what happens to them. */
export interface ShareKeeper {
  joining(consumer: string): void
  rebalancing(consumer: string): void
  joined(consumer: string, partitions: number[], generation: number | null): void
  left(consumer: string): void
  crashed(consumer: string): void
  lost(consumer: string): void
}

export function createShares(): Shares {
  const changes = createSignal<AssignmentChange>()
  const groups = new Map<string, Group>()

  const tell = (entry: Group, phase: AssignmentChange['phase'], more: Partial<AssignmentChange>) => {
    const members = [...entry.members].map(([consumer, { partitions }]) => ({
      consumer,
      partitions: [...partitions],
    }))
    const { address, group } = entry
    changes.emit({
      address,
      group,
      phase,
      generation: phase === 'stable' ? entry.generation : null,
      members,
      evidence: 'client',
      at: now(),
      ...more,
    })
  }

  const begin = (entry: Group, cause: Cause) => {
    if (entry.since !== null) return
    entry.since = now()
    entry.generation = null
    for (const member of entry.members.values()) member.pending = !member.doomed
    tell(entry, 'rebalancing', { cause })
  }

  const settleIfDone = (entry: Group) => {
    if (entry.since === null) return
    for (const member of entry.members.values()) if (member.pending) return
    // Who crashed did not come back into this rebalance: it is over for them.
    for (const [consumer, member] of entry.members) if (member.doomed) entry.members.delete(consumer)
    const durationMs = now() - entry.since
    entry.since = null
    tell(entry, 'stable', { durationMs })
  }

  const enter = (address: string, group: string): Group => {
    const key = `${address}\n${group}`
    const existing = groups.get(key)
    if (existing) return existing
    const entry: Group = { address, group, members: new Map(), since: null, generation: null }
    groups.set(key, entry)
    return entry
  }

  const pendingMember = (entry: Group, consumer: string) => {
    const partitions = entry.members.get(consumer)?.partitions ?? []
    entry.members.set(consumer, { partitions, pending: true, doomed: false })
  }

  const leave = (entry: Group, consumer: string) => {
    if (!entry.members.delete(consumer)) return
    if ([...entry.members.values()].some(({ doomed }) => !doomed)) {
      begin(entry, { what: 'leave', consumer })
      settleIfDone(entry)
      return
    }
    if (entry.members.size === 0) groups.delete(`${entry.address}\n${entry.group}`)
    entry.since = null
    entry.generation = null
    tell(entry, 'stable', { cause: { what: 'leave', consumer }, durationMs: 0 })
  }

  return {
    onChange: changes.on,
    of: (address, group) => ({
      joining: (consumer) => {
        const entry = enter(address, group)
        pendingMember(entry, consumer)
        begin(entry, { what: 'join', consumer })
      },
      rebalancing: (consumer) => {
        const entry = enter(address, group)
        const doomed = [...entry.members].find(([, member]) => member.doomed)?.[0]
        begin(entry, doomed === undefined ? { what: 'unknown' } : { what: 'evict', consumer: doomed })
        pendingMember(entry, consumer)
      },
      joined: (consumer, partitions, generation) => {
        const entry = enter(address, group)
        begin(entry, { what: 'unknown' })
        entry.members.set(consumer, { partitions, pending: false, doomed: false })
        entry.generation = generation ?? entry.generation
        settleIfDone(entry)
      },
      left: (consumer) => leave(enter(address, group), consumer),
      crashed: (consumer) => {
        const entry = enter(address, group)
        const member = entry.members.get(consumer)
        if (!member) return
        member.doomed = true
        member.pending = false
        settleIfDone(entry)
      },
      lost: (consumer) => {
        const entry = enter(address, group)
        begin(entry, { what: 'lost', consumer })
        pendingMember(entry, consumer)
      },
    }),
  }
}
