import type { Admin } from 'kafkajs'
import { type Facts, type GroupFacts, logFacts } from '#lib/protocol/facts.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { Consumers } from './consumers.ts'
import {
  fanoutOf,
  type GroupDescription,
  type PartitionRange,
  queueOf,
  readGroup,
  readsTopic,
} from './group-facts.ts'
import { committedOffsets, readRanges } from './offsets.ts'
import type { Redeliveries } from './redeliveries.ts'
import { workerGroup } from './settings.ts'
import { retentionOf } from './topology.ts'

/** Outside groups come and go at a person's pace, and listing all groups of the broker is too dear for twice a second. */
const OUTSIDE_GROUPS_EVERY_MS = 3_000
const RETENTION_EVERY_MS = 30_000
/** A broker shared with others may have thousands of groups; so many of them are examined. */
const OUTSIDE_GROUPS_MAX = 100
/** Describing a group costs the broker two answers: beyond this many, they are described less often. */
const MANY_GROUPS = 12
const MANY_GROUPS_EVERY_MS = 2_000

export interface FactsOptions {
  redeliveries: Redeliveries
  consumers: Consumers
  admin(): Admin
}

/** Remembers per topic what changes slowly. */
class SlowCache<T> {
  readonly #held = new Map<string, { at: number; value: T }>()

  async get(topic: string, everyMs: number, read: () => Promise<T>): Promise<T> {
    const cached = this.#held.get(topic)
    if (cached && Date.now() - cached.at < everyMs) return cached.value
    const value = await read()
    this.#held.set(topic, { at: Date.now(), value })
    return value
  }

  forget(topic: string): void {
    this.#held.delete(topic)
  }
}

/** Reads a topic's facts from the broker, as its mode counts them. */
export class FactsReader {
  readonly #options: FactsOptions
  readonly #outsideGroups = new SlowCache<string[]>()
  readonly #retention = new SlowCache<number | null>()
  readonly #descriptions = new SlowCache<GroupDescription[]>()

  constructor(options: FactsOptions) {
    this.#options = options
  }

  read(topic: string, mode: Mode): Promise<Facts> {
    switch (mode) {
      case 'queue':
        return this.#readQueue(topic)
      case 'fanout':
        return this.#readFanout(topic)
      case 'log':
        return this.#readLog(topic)
      default:
        return unreachable(mode)
    }
  }

  forget(topic: string): void {
    this.#outsideGroups.forget(topic)
    this.#retention.forget(topic)
    this.#descriptions.forget(topic)
  }

  async #readQueue(topic: string): Promise<Facts> {
    const partitions = this.#readPartitions(topic)
    const readWorkers = async () => {
      const [workers] = await this.#describe([workerGroup(topic)])
      return workers && readGroup(this.#options.admin(), this.#options.consumers, topic, workers, partitions)
    }
    const [ends, workers] = await Promise.all([partitions, readWorkers()])
    return queueOf(ends, workers)
  }

  async #readFanout(topic: string): Promise<Facts> {
    const { consumers } = this.#options
    const everyMs = consumers.groupsOn(topic).length > MANY_GROUPS ? MANY_GROUPS_EVERY_MS : 0
    const [ends, groups] = await Promise.all([
      this.#readPartitions(topic),
      this.#descriptions.get(topic, everyMs, () => this.#describeGroupsOn(topic)),
    ])
    return fanoutOf(ends, groups, consumers.progressOn(topic))
  }

  async #readLog(topic: string): Promise<Facts> {
    const { admin, consumers } = this.#options
    const partitions = this.#readPartitions(topic)
    const readGroups = async (): Promise<GroupFacts[]> => {
      const groups = await this.#describeGroupsOn(topic)
      const facts = await Promise.all(
        groups.map((group) => readGroup(admin(), consumers, topic, group, partitions)),
      )
      return facts.sort((a, b) => a.group.localeCompare(b.group))
    }
    const [ends, groups, retentionMs] = await Promise.all([
      partitions,
      readGroups(),
      this.#retention.get(topic, RETENTION_EVERY_MS, () => retentionOf(admin(), topic)),
    ])
    return logFacts({ partitions: ends, groups, retentionMs })
  }

  async #readPartitions(topic: string): Promise<PartitionRange[]> {
    const ranges = await readRanges(this.#options.admin(), this.#options.redeliveries, topic)
    return [...ranges]
      .map(([partition, range]) => ({ partition, ...range }))
      .sort((a, b) => a.partition - b.partition)
  }

  async #describe(groups: readonly string[]): Promise<GroupDescription[]> {
    return groups.length === 0 ? [] : (await this.#options.admin().describeGroups([...groups])).groups
  }

  async #describeGroupsOn(topic: string): Promise<GroupDescription[]> {
    const outside = await this.#outsideGroups.get(topic, OUTSIDE_GROUPS_EVERY_MS, () =>
      this.#findOutsideGroups(topic),
    )
    return this.#describe([...new Set([...this.#options.consumers.groupsOn(topic), ...outside])])
  }

  /** Groups of other programs that have members or a committed offset on the topic. */
  async #findOutsideGroups(topic: string): Promise<string[]> {
    const { admin, consumers } = this.#options
    const own = consumers.ownGroups()
    const { groups } = await admin().listGroups()
    const names = groups
      .filter(({ protocolType }) => protocolType === 'consumer' || protocolType === '')
      .map(({ groupId }) => groupId)
      .filter((group) => !own.has(group))
      .slice(0, OUTSIDE_GROUPS_MAX)
    const described = await this.#describe(names)
    const uses = await Promise.all(
      described.map(async (group) => {
        if (readsTopic(group, topic)) return true
        const committed = await committedOffsets(admin(), group.groupId, topic)
        return [...committed.values()].some((offset) => offset !== null)
      }),
    )
    return described.filter((_, index) => uses[index]).map(({ groupId }) => groupId)
  }
}
