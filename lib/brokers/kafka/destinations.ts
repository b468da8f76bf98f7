import type { Admin } from 'kafkajs'
import { AppError } from '#lib/protocol/errors.ts'
import { backoffMs } from '#lib/util/backoff.ts'
import type { Declared, DestinationSpec, DriverFault, DriverLog } from '../contract.ts'
import { DeadlineError, withDeadline } from '../kit/deadlines.ts'
import { DeclaredDestinations } from '../kit/declared-destinations.ts'
import { reasonOf } from './failures.ts'
import { maxBatchBytes } from './max-batch-bytes.ts'
import { parsedTopic, type TopicSettings } from './settings.ts'
import {
  alterTopic,
  declareTopic,
  deleteGroups,
  deleteTopic,
  describeTopic,
  partitionsOf,
} from './topology.ts'

/** A crashed member keeps its group alive for the session timeout (6 s); deleting groups is retried longer than that. */
const DELETE_GROUPS_LIMIT_MS = 12_000
const DELETE_GROUPS_RETRY_MS = 100
const DELETE_GROUPS_RETRY_MAX_MS = 1_000
/** The longest that the caller of `remove` waits; deleting goes on in the background. */
const REMOVE_WAIT_MS = 1_500

interface DeclaredTopic {
  spec: DestinationSpec
  settings: TopicSettings
  /** It did not exist before it was declared here. */
  isMadeHere: boolean
  /** Somebody deleted it on the broker, and it is not declared anew by itself. */
  isGone: boolean
}

export interface DestinationsOptions {
  log: DriverLog
  admin(): Admin
  /** A topic was changed; resolves once messages are sent by its new settings. */
  altered(): Promise<void>
  /** A topic can't be declared again after an outage, or a group can't be deleted. */
  fault(fault: DriverFault): void
}

/** The topics declared through this driver, as data: declared again whenever the broker comes up. */
export class Destinations {
  readonly #options: DestinationsOptions
  readonly #declared = new DeclaredDestinations<DeclaredTopic>()
  readonly #partitionCounts = new Map<string, number>()
  /** topic → `max.message.bytes` */
  readonly #batchLimits = new Map<string, number>()
  #closed = false

  constructor(options: DestinationsOptions) {
    this.#options = options
  }

  /** Undefined for a topic that was not declared here. */
  get(address: string): DeclaredTopic | undefined {
    return this.#declared.get(address)
  }

  /** Throws the raw error; what was created by then is deleted by `remove`. */
  async declare(spec: DestinationSpec): Promise<Declared> {
    const { address } = spec
    const topic: DeclaredTopic = {
      spec,
      settings: parsedTopic(spec.settings),
      isMadeHere: this.#declared.known(address)?.isMadeHere ?? false,
      isGone: false,
    }
    const declare = async () => {
      const declared = await this.#declareWith(this.#options.admin(), topic)
      topic.settings = parsedTopic({ ...spec.settings, ...declared.settings })
      return declared
    }
    const isHalfMade = () => topic.isMadeHere && this.#declared.get(address) === undefined
    return this.#declared.declare(address, topic, declare, isHalfMade)
  }

  /** Declares all again, since a broker may have come back without its disk. Failures are reported as faults. */
  async declareAll(admin: Admin): Promise<void> {
    this.#partitionCounts.clear()
    this.#batchLimits.clear()
    for (const topic of this.#declared.values()) {
      if (topic.isGone) continue
      try {
        await this.#declareWith(admin, topic)
      } catch (error) {
        this.#options.fault({ address: topic.spec.address, code: 'declare-failed', text: reasonOf(error) })
      }
    }
  }

  /** The broker said that there is no such topic. */
  noteMissing(address: string): void {
    const topic = this.#declared.get(address)
    if (topic?.spec.revives === false) topic.isGone = true
  }

  /** The broker has the topic: it was not deleted, or was made again. */
  noteFound(address: string): void {
    const topic = this.#declared.get(address)
    if (topic?.isGone !== true) return
    topic.isGone = false
    this.forgetCachedMetadata(address)
  }

  /** Changes a declared topic. When it throws (as `alterTopic`), the settings on record stay as they were. */
  async alter(spec: DestinationSpec, named?: readonly string[]): Promise<Declared> {
    const { admin, altered } = this.#options
    const { address } = spec
    const before = this.#declared.get(address)
    if (!before) throw new AppError('destination-not-found', `${address} was not declared here`)
    const settings = parsedTopic(spec.settings)
    const changes = new Set(named ?? changedNames(before.settings, settings))
    const { declared, partitions } = await alterTopic(admin(), address, settings, changes)
    await altered()
    this.#partitionCounts.set(address, partitions)
    const known = parsedTopic({ ...settings, ...declared.settings })
    this.#declared.set(address, { ...before, spec, settings: known })
    return declared
  }

  /** A declared topic as it is now: other programs may have changed it. Throws AppError `destination-not-found`, or the raw error. */
  async describe(address: string): Promise<Declared> {
    const topic = this.#declared.get(address)
    if (!topic) throw new AppError('destination-not-found', `${address} was not declared here`)
    const { declared, partitions } = await describeTopic(this.#options.admin(), address, topic.settings)
    if (partitions !== this.#partitionCounts.get(address)) this.forgetCachedMetadata(address)
    return declared
  }

  /**
   * Deletes an owned topic, unless `keep` is set, and then the groups that read it. It is forgotten once the broker has
   * deleted it, and not before; `forgetGroups` is called then. Throws AppError.
   */
  async remove(address: string, keep: boolean, forgetGroups: () => readonly string[]): Promise<void> {
    let isOwned = false
    await this.#declared.remove(address, async (topic, isHalfMade) => {
      isOwned = topic?.spec.owned === true
      if (isOwned && !keep && (!isHalfMade || topic?.isMadeHere === true)) {
        await deleteTopic(this.#options.admin(), address)
      }
    })
    this.forgetCachedMetadata(address)
    const groups = forgetGroups()
    if (!isOwned || groups.length === 0) return
    try {
      await withDeadline('deleting groups', REMOVE_WAIT_MS, this.#deleteGroups(address, groups))
    } catch (error) {
      if (error instanceof DeadlineError) return
      this.#options.log.warn({ reason: reasonOf(error) }, 'groups not deleted')
    }
  }

  /** The number of partitions, asked once until `forgetCachedMetadata`. Rejects when the topic does not exist. */
  async partitions(topic: string): Promise<number> {
    const known = this.#partitionCounts.get(topic)
    if (known !== undefined) return known
    const count = await partitionsOf(this.#options.admin(), topic)
    if (count === null) throw new Error(`there is no topic ${topic}`)
    this.#partitionCounts.set(topic, count)
    return count
  }

  /** What one batch may hold of a partition, in bytes, asked once until `forgetCachedMetadata`. */
  async maxBatchBytes(topic: string): Promise<number> {
    const known = this.#batchLimits.get(topic)
    if (known !== undefined) return known
    const limit = await maxBatchBytes(this.#options.admin(), topic)
    this.#batchLimits.set(topic, limit)
    return limit
  }

  /** What is known of a topic may be outdated: the broker is asked again when it is needed. */
  forgetCachedMetadata(topic: string): void {
    this.#partitionCounts.delete(topic)
    this.#batchLimits.delete(topic)
  }

  close(): void {
    this.#closed = true
  }

  async #declareWith(admin: Admin, topic: DeclaredTopic): Promise<Declared> {
    const { spec, settings } = topic
    const { declared, partitions } = await declareTopic(admin, spec.address, settings, (may) => {
      topic.isMadeHere = may
    })
    this.#partitionCounts.set(spec.address, partitions)
    return declared
  }

  /** Stops when the topic is declared again: its groups are in use then. */
  async #deleteGroups(address: string, groups: readonly string[]): Promise<void> {
    const { admin, log, fault } = this.#options
    const until = performance.now() + DELETE_GROUPS_LIMIT_MS
    for (let tries = 0; !this.#isOver(address) && performance.now() < until; tries++) {
      try {
        if (await deleteGroups(admin(), groups)) return
      } catch (error) {
        log.debug({ groups, reason: reasonOf(error) }, 'groups not deleted yet')
      }
      const delayMs = backoffMs(tries, DELETE_GROUPS_RETRY_MS, DELETE_GROUPS_RETRY_MAX_MS)
      await new Promise((resolve) => setTimeout(resolve, delayMs))
    }
    if (this.#isOver(address)) return
    const text = `not deleted, as it still has members: ${groups.join(', ')}`
    fault({ address, code: 'group-stays', text })
  }

  #isOver(address: string): boolean {
    return this.#closed || this.#declared.get(address) !== undefined
  }
}

const changedNames = (before: TopicSettings, after: TopicSettings): string[] => {
  const values = new Map<string, unknown>(Object.entries(before))
  return Object.entries(after).flatMap(([name, value]) => (values.get(name) === value ? [] : [name]))
}
