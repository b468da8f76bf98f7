import type { Admin } from 'kafkajs'
import type { AttachedConsumer, ConsumerEvent, ConsumerSpec, DriverLog } from '../contract.ts'
import { reasonOf } from './errors.ts'
import type { FactsOptions } from './facts.ts'
import { withLimit } from './limit.ts'
import { SESSION_TIMEOUT_MS } from './manifest.ts'
import { planOf } from './modes.ts'
import { createReader, type Reader } from './reader.ts'
import type { Seen } from './seen.ts'
import type { Shares } from './shares.ts'
import { deleteGroups } from './topology.ts'

/** Groups without a consumer that facts still tell of, for each topic. */
const IDLE_GROUPS_MAX = 20
/** Whoever leaves does not wait longer for its group to be deleted. */
const DELETE_GROUP_LIMIT_MS = 1_000
/** After the broker should have dropped a crashed consumer, before its group is deleted. */
const EVICTION_GRACE_MS = 1_000

export interface ReadersOptions {
  brokers: readonly string[]
  clientName: string
  log: DriverLog
  seen: Seen
  shares: Shares
  isUp(): boolean
  admin(): Admin
  fault(fault: { address: string; consumer: string; code: string; text: string }): void
}

/** All consumers of one driver. */
export interface Readers {
  attach(spec: ConsumerSpec, listener: (event: ConsumerEvent) => void): Promise<AttachedConsumer>
  brokerIsUp(): void
  brokerWentDown(reason: string): void
  check(): void
  /**
   * The topic is removed, or kept for others: gives the groups that read it and nothing else, and of a topic that is kept
   * only those that began here.
   */
  forget(topic: string, keep: boolean): string[]
  /** What reading facts needs to know of them. */
  facts: Pick<FactsOptions, 'groupsOn' | 'ownGroups' | 'consumerOf' | 'generationOf' | 'commitsOn'>
  /** All leave, side by side. */
  close(): Promise<void>
}

export function createReaders(options: ReadersOptions): Readers {
  const { brokers, clientName, log, seen, shares, isUp, admin, fault } = options
  const live = new Set<Reader>()
  /** Crashed ones are members until the broker notices. */
  const crashed = new Set<Reader>()
  /** topic → groups that read it since it was declared */
  const groups = new Map<string, Set<string>>()
  /** topic → those among them that a person chose and that had read it before: they are somebody's */
  const older = new Map<string, Set<string>>()

  const rememberGroup = (address: string, group: string) => {
    const known = groups.get(address) ?? new Set()
    known.delete(group)
    groups.set(address, known.add(group))
  }

  /** Those with consumers, and the latest of the others: each costs the broker three answers for every look at the facts. */
  const groupsOn = (topic: string): string[] => {
    const all = [...(groups.get(topic) ?? [])]
    const inUse = new Set(
      [...live].filter(({ spec }) => spec.address === topic).map(({ spec }) => spec.group),
    )
    const idle = all.filter((group) => !inUse.has(group)).slice(-IDLE_GROUPS_MAX)
    return all.filter((group) => inUse.has(group) || idle.includes(group))
  }

  /** A group of one ends with its consumer; if another has taken its name by then, the broker refuses, rightly. */
  const dropGroup = async (address: string, group: string) => {
    try {
      const gone = await withLimit(deleteGroups(admin(), [group]), DELETE_GROUP_LIMIT_MS, 'deleting a group')
      if (gone) groups.get(address)?.delete(group)
    } catch (error) {
      log.debug({ group, reason: reasonOf(error) }, 'a group was not deleted')
    }
  }

  /** Groups of crashed consumers can be deleted once the broker has dropped those. */
  const dropGroupsOfEvicted = () => {
    for (const reader of crashed) {
      if (!reader.startsAnew || Date.now() < (reader.evictedAt ?? 0) + EVICTION_GRACE_MS) continue
      crashed.delete(reader)
      const { address, group } = reader.spec
      const isBack = [...live].some(({ spec }) => spec.address === address && spec.group === group)
      if (!isBack) void dropGroup(address, group)
    }
  }

  const buryEvicted = () => {
    for (const reader of crashed) {
      if (Date.now() > (reader.evictedAt ?? 0) + SESSION_TIMEOUT_MS) crashed.delete(reader)
    }
  }

  const attach = async (asked: ConsumerSpec, listener: (event: ConsumerEvent) => void) => {
    const plan = planOf(asked)
    const { address, group, name } = plan.spec
    const isNew = !groups.get(address)?.has(group)
    rememberGroup(address, group)
    const reader = createReader({
      plan,
      emit: listener,
      brokers,
      clientId: `${clientName}-${name}`,
      log,
      seen,
      share: shares.of(address, group),
      readers: () => live.size,
      isUp,
      admin,
      trouble: (code, text) => fault({ address, consumer: name, code, text }),
      afterLeaving: async () => {
        if (plan.startsAnew) await dropGroup(address, group)
      },
      onEnd: () => {
        live.delete(reader)
        if (reader.evictedAt !== undefined) crashed.add(reader)
        buryEvicted()
      },
    })
    live.add(reader)
    await reader.attach()
    if (isNew && plan.spec.mode === 'log' && reader.joinedOld) {
      older.set(address, (older.get(address) ?? new Set()).add(group))
    }
    return reader
  }

  return {
    attach,
    brokerIsUp: () => {
      for (const reader of live) reader.brokerIsUp()
    },
    brokerWentDown: (reason) => {
      for (const reader of live) reader.brokerWentDown(reason)
    },
    check: () => {
      for (const reader of live) reader.check()
      dropGroupsOfEvicted()
    },
    forget: (topic, keep) => {
      const forgotten = groups.get(topic) ?? new Set()
      const others = (keep && older.get(topic)) || new Set<string>()
      groups.delete(topic)
      older.delete(topic)
      const elsewhere = new Set([...groups.values()].flatMap((names) => [...names]))
      return [...forgotten].filter((group) => !elsewhere.has(group) && !others.has(group))
    },
    facts: {
      groupsOn,
      ownGroups: () => new Set([...groups.values()].flatMap((names) => [...names])),
      consumerOf: (memberId) => {
        for (const reader of [...live, ...crashed]) if (reader.memberId === memberId) return reader.spec.name
        return undefined
      },
      generationOf: (group) => {
        const known = [...live].filter(({ spec }) => spec.group === group).map(({ generation }) => generation)
        return known.reduce((latest, one) => (one === null ? latest : Math.max(latest ?? 0, one)), null)
      },
      commitsOn: (topic) => {
        const here = [...live].filter(({ spec }) => spec.address === topic)
        // One that was started again may still have its ghost in the group.
        const isBack = (ghost: Reader) => here.some(({ spec }) => spec.name === ghost.spec.name)
        const ghosts = [...crashed].filter((ghost) => ghost.spec.address === topic && !isBack(ghost))
        return [...here, ...ghosts].map(({ spec, commits }) => ({
          consumer: spec.name,
          group: spec.group,
          commits,
        }))
      },
    },
    close: async () => {
      await Promise.all([...live].map((reader) => reader.leave()))
    },
  }
}
