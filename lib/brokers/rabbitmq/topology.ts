import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import type { Declared, DestinationSpec } from '../contract.ts'
import type { Control } from './control.ts'
import type { Management, QueueKind } from './management.ts'
import {
  createQueue,
  deletedText,
  missing,
  queueExists,
  recreateQueue,
  restartedText,
  traitsOf,
} from './queue.ts'

/** A queue that was declared here. */
interface Known {
  spec: DestinationSpec
  /** One more each time it was gone, with everything that waited in it. */
  generation: number
  durable: boolean | null
  /** How it was declared, as the broker last told; null while unknown. */
  kind: QueueKind | null
  /** When it was last made sure of, milliseconds since the epoch: of several who come back after one loss, the first asks. */
  sureAt: number
}

/** What declaring it came to. */
interface Made {
  queue: Known
  existed: boolean
  note?: string
}

/** How a queue was found when a consumer came to it. */
export interface Found {
  /** Another than before: the queue was gone in between. Null for a queue that was not declared here. */
  generation: number | null
  /** classic, quorum, stream; null while unknown. */
  kind: string | null
}

/** Why a queue is looked at; `since`: when the connection was lost, milliseconds since the epoch. */
export type Occasion = { was: 'connection-lost'; since: number } | { was: 'deleted' } | { was: 'first' }

/**
 * The queues this driver looks after, as data. What was declared is made sure of again after any loss; when a queue was
 * gone, that is told, because what waited in it is gone too.
 */
export interface Topology {
  declare(spec: DestinationSpec): Promise<Declared>
  remove(address: string, options?: { keep?: boolean }): Promise<void>
  /** Declares it anew when it is gone. Throws AppError `broker-refused` for a missing queue that was not declared here. */
  ensure(address: string, occasion: Occasion): Promise<Found>
  /** Does so for all of them after the connection was lost; what the broker refuses is reported. */
  ensureAll(lostAt: number): Promise<void>
  isKnown(address: string): boolean
  /** Null while unknown. */
  isDurable(address: string): boolean | null
}

interface Report {
  lost(address: string, text: string): void
  refused(address: string, error: AppError): void
}

export function createTopology(control: Control, management: Management, report: Report): Topology {
  const known = new Map<string, Known>()
  const turns = createTurns()

  const learn = async (queue: Known): Promise<QueueKind | null> => {
    const found = await management.queue(queue.spec.address)
    if (found) {
      queue.durable = found.durable
      queue.kind = found
    }
    return found
  }
  const create = async (spec: DestinationSpec): Promise<Made> => {
    const made = (await queueExists(control, spec.address)) ? null : await createQueue(control, spec.address)
    const durable = made?.durable ?? null
    const queue: Known = { spec, generation: 0, durable, kind: null, sureAt: now() }
    known.set(spec.address, queue)
    return { queue, existed: made === null, note: made?.note }
  }
  const again = async (queue: Known, spec: DestinationSpec): Promise<Made> => {
    queue.spec = spec
    await ensure(spec.address, { was: 'deleted' })
    return { queue, existed: true }
  }
  const declare = async (spec: DestinationSpec): Promise<Declared> => {
    if (spec.mode !== 'queue') throw new AppError('not-capable', `no ${spec.mode} on RabbitMQ here`)
    const before = known.get(spec.address)
    const { queue, existed, note } = before ? await again(before, spec) : await create(spec)
    const found = await learn(queue)
    // Asked now so that a later restart of its node can be told.
    if (found && !found.durable) await management.startedWithin(found.node, 0)
    const traits = traitsOf(found, queue.durable)
    return { traits, existed, ...(note === undefined ? {} : { note }) }
  }
  const isAnother = async (queue: Known, text: string): Promise<void> => {
    queue.generation += 1
    report.lost(queue.spec.address, text)
    await learn(queue)
  }
  const ensure = async (address: string, occasion: Occasion): Promise<Found> => {
    const queue = known.get(address)
    const wasDurable = queue?.durable ?? null
    if (!(await queueExists(control, address))) {
      if (!queue) throw missing(address)
      queue.durable = (await recreateQueue(control, address, queue.kind)).durable
      await isAnother(queue, goneText(address, occasion, wasDurable))
    } else if (queue && (await wasReplaced(queue, occasion))) {
      await isAnother(queue, restartedText(address, wasDurable))
    }
    if (queue) queue.sureAt = now()
    return { generation: queue?.generation ?? null, kind: queue?.kind?.type ?? null }
  }
  /** Another program may have declared it anew before us: a queue that is not durable can't be older than its node. */
  const wasReplaced = async (queue: Known, occasion: Occasion): Promise<boolean> => {
    if (occasion.was !== 'connection-lost' || queue.sureAt > occasion.since) return false
    const found = await learn(queue)
    if (!found || found.durable) return false
    return management.startedWithin(found.node, now() - occasion.since)
  }
  return {
    declare: (spec) => turns(spec.address, () => declare(spec)),
    ensure: (address, occasion) => turns(address, () => ensure(address, occasion)),
    ensureAll: async (since) => {
      for (const address of known.keys()) {
        try {
          await turns(address, () => ensure(address, { was: 'connection-lost', since }))
        } catch (error) {
          if (!(error instanceof AppError) || error.code !== 'broker-refused') throw error
          report.refused(address, error)
        }
      }
    },
    remove: (address, { keep = false } = {}) =>
      turns(address, async () => {
        const queue = known.get(address)
        known.delete(address)
        if (queue?.spec.owned && !keep) await control.withChannel((channel) => channel.deleteQueue(address))
      }),
    isKnown: (address) => known.has(address),
    isDurable: (address) => known.get(address)?.durable ?? null,
  }
}

const goneText = (address: string, occasion: Occasion, durable: boolean | null): string =>
  occasion.was === 'connection-lost' ? restartedText(address, durable) : deletedText(address)

/** One operation on a queue at a time, so that of several consumers coming back one declares and the others find. */
function createTurns() {
  const last = new Map<string, Promise<unknown>>()
  return async <T>(address: string, work: () => Promise<T>): Promise<T> => {
    const before = last.get(address)
    const mine = before ? before.then(work, work) : work()
    last.set(address, mine)
    try {
      return await mine
    } finally {
      if (last.get(address) === mine) last.delete(address)
    }
  }
}
