import type { AttachedConsumer, ConsumerEvent, ConsumerSpec } from '../contract.ts'
import { createConsumers } from '../kit/consumers.ts'
import { succeedsWithin } from '../kit/deadlines.ts'
import { KafkaConsumer } from './consume.ts'
import type { ConsumersOptions } from './consumer-dependencies.ts'
import { failures } from './failures.ts'
import { planOf } from './settings.ts'
import { deleteGroups, groupExists } from './topology.ts'

/** Groups without a consumer that facts still report, for each topic. */
const IDLE_GROUPS_MAX = 20
/** A consumer that leaves does not wait longer for its group to be deleted. */
const DELETE_GROUP_LIMIT_MS = 1_000
/** How long a crashed consumer counts as a member after the broker should have evicted it. */
const EVICTION_GRACE_MS = 1_000

export interface AllConsumersOptions extends ConsumersOptions {
  /** Other programs may use the names of this topic's groups. */
  isShared(topic: string): boolean
}

/** All consumers of one driver, and the groups in which they read. */
export class ConsumerGroups {
  readonly #options: AllConsumersOptions
  readonly #attached = createConsumers<KafkaConsumer>()
  /** Those that are attaching included. */
  readonly #live = new Set<KafkaConsumer>()
  /** Crashed ones are members until the broker evicts them. */
  readonly #crashed = new Set<KafkaConsumer>()
  readonly #groups = new TopicGroups()
  /** Of groups whose names others may use: resolves once it is known whether they were there before. */
  readonly #origins = new Map<string, Promise<void>>()
  /** Groups that were there before: they are not ours to delete. */
  readonly #theirs = new Set<string>()

  constructor(options: AllConsumersOptions) {
    this.#options = options
  }

  async attach(spec: ConsumerSpec, listener: (event: ConsumerEvent) => void): Promise<AttachedConsumer> {
    const plan = planOf(spec)
    const { address, group, mode } = plan.spec
    return this.#attached.attach(async (onEnded) => {
      await this.#learnOrigin(address, group)
      const isNew = this.#groups.add(address, group)
      const consumer: KafkaConsumer = new KafkaConsumer({
        ...this.#options,
        plan,
        listener,
        consumerCount: () => this.#live.size,
        closing: this.#attached.closing,
        afterLeaving: async () => {
          if (plan.startsAnew) await this.#dropGroup(address, group)
        },
        onEnded: () => {
          this.#live.delete(consumer)
          if (consumer.evictedAt !== undefined) this.#crashed.add(consumer)
          onEnded()
        },
      })
      this.#live.add(consumer)
      await consumer.attach()
      if (isNew && mode === 'log' && consumer.hadRead) this.#groups.setForeign(address, group)
      return consumer
    })
  }

  brokerWentDown(reason: string): void {
    for (const consumer of this.#live) consumer.brokerWentDown(reason)
  }

  /** Call about once a second while the broker answers. */
  check(): void {
    for (const consumer of this.#live) consumer.check()
    this.#forgetEvicted()
  }

  /**
   * The topic is removed, or kept for others: returns the groups that read it and nothing else, without those that were there
   * before, and of a topic that is kept only those that began here.
   */
  forget(topic: string, keep: boolean): string[] {
    const groups = this.#groups.forget(topic, keep)
    for (const group of groups) this.#origins.delete(group)
    return groups.filter((group) => !this.#theirs.has(group))
  }

  /** All leave, in parallel; those that are attaching give up. */
  close(): Promise<void> {
    return this.#attached.close((consumer) => consumer.leave())
  }

  /** Those with consumers, and the latest of the others: each costs the broker three answers whenever facts are read. */
  groupsOn(topic: string): string[] {
    const all = this.#groups.on(topic)
    const inUse = new Set(this.#liveOn(topic).map(({ spec }) => spec.group))
    const idle = all.filter((group) => !inUse.has(group)).slice(-IDLE_GROUPS_MAX)
    return all.filter((group) => inUse.has(group) || idle.includes(group))
  }

  ownGroups(): ReadonlySet<string> {
    return this.#groups.all()
  }

  consumerOf(memberId: string): string | undefined {
    return [...this.#live, ...this.#crashed].find((consumer) => consumer.memberId === memberId)?.spec.name
  }

  generationOf(group: string): number | null {
    const known = [...this.#live]
      .filter(({ spec }) => spec.group === group)
      .map(({ generation }) => generation)
    return known.reduce((latest, one) => (one === null ? latest : Math.max(latest ?? 0, one)), null)
  }

  /** Those on a topic that are, or may still be, members of their group. */
  membersOn(topic: string): KafkaConsumer[] {
    const here = this.#liveOn(topic)
    // A crashed consumer that was attached again may still be a member a second time.
    const isBack = ({ spec }: KafkaConsumer) => here.some((live) => live.spec.name === spec.name)
    const crashed = [...this.#crashed].filter(({ spec }) => spec.address === topic)
    return [...here, ...crashed.filter((one) => !isBack(one))]
  }

  /** Throws AppError. */
  #learnOrigin(topic: string, group: string): Promise<void> {
    if (!this.#options.isShared(topic)) return Promise.resolve()
    const known = this.#origins.get(group) ?? this.#askOrigin(group)
    this.#origins.set(group, known)
    return known
  }

  async #askOrigin(group: string): Promise<void> {
    try {
      if (await groupExists(this.#options.admin(), group)) this.#theirs.add(group)
      else this.#theirs.delete(group)
    } catch (error) {
      this.#origins.delete(group)
      throw failures.toAppError(error, `the group ${group}`)
    }
  }

  #liveOn(topic: string): KafkaConsumer[] {
    return [...this.#live].filter(({ spec }) => spec.address === topic)
  }

  /** The group of one subscriber ends with it. Where another one has taken the name by then, the broker rightly refuses. */
  async #dropGroup(address: string, group: string): Promise<void> {
    if (this.#theirs.has(group)) return
    await succeedsWithin('deleting a group', DELETE_GROUP_LIMIT_MS, async () => {
      if (await deleteGroups(this.#options.admin(), [group])) this.#groups.delete(address, group)
    })
  }

  /** The broker has evicted them: a subscriber's group can be deleted now. */
  #forgetEvicted(): void {
    for (const consumer of this.#crashed) {
      if (Date.now() < (consumer.evictedAt ?? 0) + EVICTION_GRACE_MS) continue
      this.#crashed.delete(consumer)
      const { address, group } = consumer.spec
      const isBack = this.#liveOn(address).some(({ spec }) => spec.group === group)
      if (consumer.startsAnew && !isBack) void this.#dropGroup(address, group)
    }
  }
}

/** Which groups read each topic since it was declared, from the earliest to the latest. */
class TopicGroups {
  /** topic → group → whether a person chose it and it had read the topic before: it is not ours to delete then */
  readonly #byTopic = new Map<string, Map<string, boolean>>()

  /** Adds a group as the latest one; true when it was not among them. */
  add(topic: string, group: string): boolean {
    const groups = this.#byTopic.get(topic) ?? new Map<string, boolean>()
    const isForeign = groups.get(group)
    groups.delete(group)
    this.#byTopic.set(topic, groups.set(group, isForeign ?? false))
    return isForeign === undefined
  }

  setForeign(topic: string, group: string): void {
    this.#byTopic.get(topic)?.set(group, true)
  }

  delete(topic: string, group: string): void {
    this.#byTopic.get(topic)?.delete(group)
  }

  on(topic: string): string[] {
    return [...(this.#byTopic.get(topic)?.keys() ?? [])]
  }

  all(): Set<string> {
    return new Set([...this.#byTopic.keys()].flatMap((topic) => this.on(topic)))
  }

  /** Returns those to be deleted with the topic; with `keep`, without the foreign ones. */
  forget(topic: string, keep: boolean): string[] {
    const forgotten = [...(this.#byTopic.get(topic) ?? [])]
    this.#byTopic.delete(topic)
    const elsewhere = this.all()
    return forgotten
      .filter(([group, isForeign]) => !elsewhere.has(group) && !(keep && isForeign))
      .map(([group]) => group)
  }
}
