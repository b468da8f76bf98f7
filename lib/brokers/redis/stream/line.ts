import type { DriverLog } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { settledEvent } from '../desk.ts'
import type { Link } from '../link.ts'
import { queueMode } from '../modes/queue.ts'
import { wordsOf } from '../reasons.ts'
import type { WorkerLine } from '../worker-line.ts'
import type { Entry } from './entry.ts'
import { createMembership, ensureGroup } from './group.ts'
import { arrivalOf, type Item } from './item.ts'
import { startLooking } from './look.ts'
import type { StreamPlace } from './place.ts'
import { settleItem } from './settle.ts'

/** What a worker takes up again after an outage: more than any prefetch. */
const AGAIN_COUNT = 1_000

/**
 * A worker's place in a stream's group. A crash leaves what it held pending, and Redis does not mind: it comes again when
 * another worker finds that nobody has touched it for `claimIdleMs`.
 */
export function createStreamLine(
  place: StreamPlace,
  me: string,
  isQueue: boolean,
  log: DriverLog,
): WorkerLine<Item> {
  const { address } = place
  const stream = isQueue ? address : place.dead
  const membership = createMembership(stream, me)
  const parts = { place, membership, stream, me, isQueue }
  /** It counts as unacknowledged until somebody is handed it again. */
  const stays = (id: string, error: unknown) =>
    log.debug({ code: 'deleted-entry-pending', stream, id, reason: wordsOf(error) }, 'a deleted entry stays')
  /** What was deleted while it was pending is nobody's any more. */
  const arrivalsOf = (link: Link, handed: ReadonlyArray<{ entry: Entry; count: number }>) =>
    handed.flatMap(({ entry, count }) => {
      const arrival = arrivalOf(entry, { address, stream }, count)
      if (!arrival) membership.ack(link, entry.id).catch((error: unknown) => stays(entry.id, error))
      return arrival ?? []
    })
  return {
    noReplay: queueMode.lacks.replay,
    enter: async (link) => {
      if (place.isGone()) throw new AppError('destination-not-found', `"${address}" was removed`)
      if (await ensureGroup(link, stream)) place.groupWasMade(stream)
      await membership.enter(link)
      place.ours.add(me)
      place.departed.delete(me)
    },
    generation: () => place.generation(stream),
    again: async (link) => arrivalsOf(link, await membership.again(link, AGAIN_COUNT)),
    next: async (link, room, noAck) => {
      const entries = await membership.next(link, room, noAck)
      return arrivalsOf(
        link,
        entries.map((entry) => ({ entry, count: 1 })),
      )
    },
    lookAround: (link, view) => startLooking(parts, link, view),
    settle: (link, held, verb, reason) => settleItem(parts, link, held, verb, reason),
    giveBack: async (link, held, unseen) => {
      const [events] = await Promise.all([
        Promise.all(
          held.map(async ({ item, delivery }) => {
            const isOurs = await membership.release(link, item.id, false)
            return settledEvent('requeued', delivery, isOurs ? 'broker' : 'client', 'the worker left')
          }),
        ),
        ...unseen.map(({ id }) => membership.release(link, id, true)),
      ])
      if (!(await membership.exit(link))) place.departed.add(me)
      return events
    },
  }
}
