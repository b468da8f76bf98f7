import type { Admin } from 'kafkajs'
import { AppError } from '#lib/protocol/errors.ts'
import { backoffMs } from '#lib/util/backoff.ts'
import type { Declared, DestinationSpec, DriverLog } from '../contract.ts'
import { reasonOf, toAppError } from './errors.ts'
import { parsedTopic } from './settings.ts'
import { alterTopic, declareTopic, deleteGroups, deleteTopic, partitionsOf } from './topology.ts'

/** A crashed member keeps its group for the session timeout: so long, and a little more, the group is tried again. */
const GROUPS_LIMIT_MS = 12_000
const GROUPS_RETRY_MS = 100
const GROUPS_RETRY_MAX_MS = 1_000
/** Somebody waits for `remove`; what takes longer goes on behind. */
const REMOVE_WAITS_MS = 1_500

export interface DestinationsOptions {
  log: DriverLog
  admin(): Admin
  /** A topic was changed: resolves once messages are sent by what is so now. */
  altered(): Promise<void>
  /** A topic can't be declared again after an outage, or a group can't be deleted. */
  trouble(address: string, code: string, text: string): void
}

/** The topics this driver was told of, as data: declared again whenever the broker comes up. */
export interface Destinations {
  declare(spec: DestinationSpec): Promise<Declared>
  /** Changes one that was declared. Throws AppError, and leaves what is known of it as it was. */
  alter(spec: DestinationSpec): Promise<Declared>
  /** As it was declared; undefined for a topic this driver was not told of. */
  spec(address: string): DestinationSpec | undefined
  /** Declares all again: a broker may have come back without its disk. Failures are told, not thrown. */
  declareAll(admin: Admin): Promise<void>
  /** How many partitions; asked once until in doubt. Rejects when the topic isn't there. */
  partitions(topic: string): Promise<number>
  doubt(topic: string): void
  /** Deletes an owned topic, then the groups that read it. */
  remove(address: string, groups: readonly string[], keep: boolean): Promise<void>
  close(): void
}

export function createDestinations({ log, admin, altered, trouble }: DestinationsOptions): Destinations {
  const specs = new Map<string, DestinationSpec>()
  const counts = new Map<string, number>()
  let closed = false

  const declareWith = async (by: Admin, spec: DestinationSpec): Promise<Declared> => {
    const { declared, partitions } = await declareTopic(by, spec)
    counts.set(spec.address, partitions)
    return declared
  }

  const declareAll = async (by: Admin) => {
    counts.clear()
    for (const spec of specs.values()) {
      try {
        await declareWith(by, spec)
      } catch (error) {
        trouble(spec.address, 'declare-failed', reasonOf(error))
      }
    }
  }

  const partitions = async (topic: string): Promise<number> => {
    const known = counts.get(topic)
    if (known !== undefined) return known
    const count = await partitionsOf(admin(), topic)
    if (count === null) throw new Error(`there is no topic ${topic}`)
    counts.set(topic, count)
    return count
  }

  const removeGroups = async (address: string, groups: readonly string[]) => {
    const until = Date.now() + GROUPS_LIMIT_MS
    for (let tries = 0; !closed && Date.now() < until; tries++) {
      try {
        if (await deleteGroups(admin(), groups)) return
      } catch (error) {
        log.debug({ groups, reason: reasonOf(error) }, 'groups not deleted yet')
      }
      await new Promise((resolve) =>
        setTimeout(resolve, backoffMs(tries, GROUPS_RETRY_MS, GROUPS_RETRY_MAX_MS)),
      )
    }
    if (!closed) trouble(address, 'group-stays', `not deleted, as it still has members: ${groups.join(', ')}`)
  }

  return {
    declare: async (spec) => {
      const declared = await declareWith(admin(), spec)
      specs.set(spec.address, spec)
      return declared
    },
    alter: async (spec) => {
      const before = specs.get(spec.address)
      if (!before) throw new AppError('destination-not-found', `${spec.address} was not declared here`)
      const { declared, partitions: count } = await alterTopic(admin(), spec, parsedTopic(before.settings))
      await altered()
      counts.set(spec.address, count)
      specs.set(spec.address, spec)
      return declared
    },
    spec: (address) => specs.get(address),
    declareAll,
    partitions,
    doubt: (topic) => void counts.delete(topic),
    remove: async (address, groups, keep) => {
      const spec = specs.get(address)
      specs.delete(address)
      counts.delete(address)
      if (!spec?.owned) return
      if (!keep) await deleteTopic(admin(), address)
      if (groups.length === 0) return
      const removing = removeGroups(address, groups)
      let timer: NodeJS.Timeout | undefined
      const enough = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, REMOVE_WAITS_MS)
      })
      await Promise.race([removing, enough])
      clearTimeout(timer)
      removing.catch((error) =>
        log.warn({ error: toAppError(error, 'deleting groups') }, 'groups not deleted'),
      )
    },
    close: () => {
      closed = true
    },
  }
}
