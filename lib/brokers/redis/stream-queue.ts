import type { Declared, DriverLog } from '#lib/brokers/contract.ts'
import { wordsOf } from '#lib/brokers/kit/failures.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import type { Connection } from './connection.ts'
import { attachConsumer, type DriverParts } from './consume.ts'
import { type Destination, lengthTrait, mustHold, trim } from './destination.ts'
import { readStreamFacts } from './facts.ts'
import { failures } from './failures.ts'
import {
  type QueueSettings,
  queueConsumerSettings,
  queueDestinationSettings,
  queueMode,
} from './manifest-queue.ts'
import { deliveryOf, type HeldEntry } from './metadata.ts'
import { appendToStream } from './publish.ts'
import { reclaim, reclaimEveryMs } from './reclaim.ts'
import type { Entry } from './replies.ts'
import { changed, parsed } from './settings.ts'
import {
  createGroupConsumer,
  createSharedStream,
  ensureGroup,
  GROUP,
  type SharedStream,
} from './stream-group.ts'
import { settleEntry } from './stream-settle.ts'
import { type QueueBackend, settledEvent, Worker } from './worker.ts'

const LIVE_SETTINGS = ['maxLength', 'claimIdleMs', 'maxAttempts', 'deadLetters'] as const
/** How many pending entries a worker takes up again after an outage: more than any prefetch. */
const TAKE_UP_COUNT = 1_000

/**
 * A stream with one consumer group: whatever any program appends is delivered to one of the workers, the oldest first,
 * and stays pending until it is acknowledged. That takes nothing out of the stream: only MAXLEN shortens it.
 */
export function createStreamQueue(parts: DriverParts, address: string, given: Settings): Destination {
  let settings: QueueSettings = parsed(queueDestinationSettings, given)
  let isGone = false
  let owned = false
  /** What existed before it was declared here for the first time is not ours to delete. */
  let before: { group: boolean; dead: boolean } | undefined
  const shared = createSharedStream(
    address,
    () => settings,
    () => isGone,
  )
  return {
    kind: 'stream',
    declare: async (connection, spec) => {
      const wanted = parsed(queueDestinationSettings, spec.settings)
      const existing = await mustHold(connection, [address, shared.dead], 'stream')
      const isNew = await ensureGroup(connection, address).catch((error: unknown) => {
        throw failures.toAppError(error)
      })
      if (isNew) shared.groupWasCreated(address)
      await trim(connection, address, wanted.maxLength)
      settings = wanted
      owned = spec.owned
      before ??= { group: !isNew, dead: existing.has(shared.dead) }
      return { traits: traitsOf(settings), existed: existing.has(address) } satisfies Declared
    },
    alter: async (connection, spec) => {
      const wanted = changed(queueDestinationSettings, { ...settings }, spec.settings, LIVE_SETTINGS)
      await mustHold(connection, [address, shared.dead], 'stream')
      await trim(connection, address, wanted.maxLength)
      settings = wanted
      return { traits: traitsOf(settings), existed: true }
    },
    remove: async ({ redis }, keep) => {
      isGone = true
      if (!owned) return
      try {
        if (!before?.dead || !keep) await redis.del(shared.dead)
        if (!keep) await redis.del(address)
        else if (!before?.group) await redis.call('XGROUP', 'DESTROY', address, GROUP)
      } catch (error) {
        throw failures.toAppError(error)
      }
    },
    publish: (connection, message) => {
      const target = { stream: address, maxLength: settings.maxLength, source: parts.clientName }
      return parts.trackReceipt(appendToStream(connection, target, message))
    },
    attach: async (spec, listener) => {
      const asked = parsed(queueConsumerSettings, spec.settings)
      const backend = createStreamBackend(shared, spec.name, asked.reads === 'queue', parts.log)
      return attachConsumer(
        parts,
        (onEnded) => new Worker({ spec, parts, listener, onEnded }, asked, backend),
      )
    },
    facts: (connection) => readStreamFacts(connection, shared),
  }
}

const traitsOf = ({ maxLength, maxAttempts, deadLetters }: QueueSettings): string[] => [
  'stream',
  `group ${GROUP}`,
  lengthTrait(maxLength),
  ...(maxAttempts > 0 ? [`${maxAttempts} attempts`] : []),
  ...(deadLetters ? ['dead letters'] : []),
]

/**
 * A worker as a consumer of the stream's group. What a crashed worker held stays pending, and Redis does nothing about
 * it: another worker reclaims it once it has been idle for `claimIdleMs`.
 */
function createStreamBackend(
  shared: SharedStream,
  me: string,
  isQueue: boolean,
  log: DriverLog,
): QueueBackend<HeldEntry> {
  const { address } = shared
  const stream = isQueue ? address : shared.dead
  const group = createGroupConsumer(stream, me)
  const parts = { shared, group, stream, me, isQueue }
  const stays = (id: string, error: unknown) =>
    log.debug({ code: 'deleted-entry-pending', stream, id, reason: wordsOf(error) }, 'a deleted entry stays')
  /** Acknowledges entries that were deleted while pending: nobody can process them any more. */
  const deliveriesOf = (connection: Connection, entries: ReadonlyArray<{ entry: Entry; count: number }>) =>
    entries.flatMap(({ entry, count }) => {
      const delivery = deliveryOf(entry, { address, stream }, count)
      if (!delivery) group.ack(connection, entry.id).catch((error: unknown) => stays(entry.id, error))
      return delivery ?? []
    })
  return {
    noReplay: queueMode.lacks.replay,
    join: async (connection) => {
      if (shared.isGone()) throw new AppError('destination-not-found', `"${address}" was removed`)
      if (await ensureGroup(connection, stream)) shared.groupWasCreated(stream)
      await group.join(connection)
      shared.ours.add(me)
      shared.departed.delete(me)
    },
    generation: () => shared.generation(stream),
    pending: async (connection) => deliveriesOf(connection, await group.pending(connection, TAKE_UP_COUNT)),
    next: async (connection, room, noAck) => {
      const entries = await group.next(connection, room, noAck)
      return deliveriesOf(
        connection,
        entries.map((entry) => ({ entry, count: 1 })),
      )
    },
    reclaim: (connection, worker, isStopped) => reclaim(parts, connection, worker, isStopped),
    reclaimEveryMs: () => reclaimEveryMs(shared),
    settle: (connection, held, verb, reason) => settleEntry(parts, connection, held, verb, reason),
    release: async (connection, held, unseen) => {
      const [events] = await Promise.all([
        Promise.all(
          held.map(async ({ item, delivery }) => {
            const isOurs = await group.release(connection, item.id, false)
            return settledEvent('requeued', delivery, isOurs ? 'broker' : 'client', 'the worker left')
          }),
        ),
        ...unseen.map(({ id }) => group.release(connection, id, true)),
      ])
      if (!(await group.leave(connection))) shared.departed.add(me)
      return events
    },
  }
}
