import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import type { SettleVerb } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { type Held, type Settled, settledEvent } from '../desk.ts'
import type { Link } from '../link.ts'
import { listMode } from '../modes/list.ts'
import type { Arrival, WorkerLine } from '../worker-line.ts'
import { done, giveBack, moveMore, moveNext, popNext } from './commands.ts'
import type { Element, ListPlace } from './place.ts'

/** How often a worker looks for what the absent held. */
const LOOK_EVERY_MS = 500
const PUT_BACK = 'it was not in its list any more: it had been put back'

/**
 * A worker's place at a list. What it takes moves to a list of its own, in one step, and leaves that when it is
 * acknowledged: so a crash loses nothing, and what it held is put back by the next worker that looks, once Redis shows no
 * connection by its name. Without that list of its own (`none`), what was taken is gone.
 */
export function createListLine(place: ListPlace, me: string): WorkerLine<Element> {
  const { keys, book, address } = place
  const mine = () => {
    const found = place.held.get(me) ?? new Set<Element>()
    place.held.set(me, found)
    return found
  }
  const taken = (body: Buffer, noAck: boolean): Arrival<Element> => {
    const known = book.take(body)
    const element = { body, known }
    if (!noAck) mine().add(element)
    return arrivalOf(address, element)
  }
  return {
    noReplay: listMode.lacks.replay,
    enter: async (link) => {
      if (place.isGone()) throw new AppError('destination-not-found', `"${address}" was removed`)
      await link.redis.sadd(keys.members, me)
      place.present.add(me)
      // Left over from before: nobody else works under this name.
      await place.recoverFrom(link, me)
    },
    generation: () => 0,
    again: async () => [],
    next: async (link, room, noAck) => {
      if (noAck) {
        const body = await popNext(link, keys)
        return body ? [taken(body, true)] : []
      }
      const first = await moveNext(link, keys, me)
      if (!first) return []
      const more = await moveMore(link, keys, me, room - 1)
      return [first, ...more].map((body) => taken(body, false))
    },
    lookAround: (link, { onFailed }) => lookForAbsent(place, link, onFailed),
    settle: (link, held, verb) => settle(place, link, me, mine(), held, verb),
    giveBack: async (link, held, unseen) => {
      const events: ConsumerEvent[] = []
      // The newest first, so that the oldest is next again.
      for (const element of [...unseen].reverse()) await putBack(place, link, me, mine(), element, 'next')
      for (const { item, delivery } of [...held].reverse()) {
        const isOurs = await putBack(place, link, me, mine(), item, 'next')
        events.unshift(settledEvent('requeued', delivery, isOurs ? 'broker' : 'client', 'the worker left'))
      }
      await link.redis.srem(keys.members, me)
      place.present.delete(me)
      return events
    },
  }
}

function arrivalOf(list: string, element: Element): Arrival<Element> {
  const { messageId, identity, attempts } = element.known
  const told = {
    messageId,
    identity,
    body: element.body,
    // How often others were handed an outside element before, nobody tells.
    attempt: messageId === null ? null : attempts,
    redelivered: attempts > 1,
    address: { kind: 'item', list } as const,
  }
  return { item: element, told }
}

function lookForAbsent(place: ListPlace, link: Link, onFailed: (error: unknown) => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const look = async () => {
    try {
      await place.recover(link)
    } catch (error) {
      if (!stopped) onFailed(error)
    }
    if (!stopped) timer = setTimeout(() => void look(), LOOK_EVERY_MS)
  }
  void look()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

async function settle(
  place: ListPlace,
  link: Link,
  me: string,
  mine: Set<Element>,
  { item, delivery }: Held<Element>,
  verb: SettleVerb,
): Promise<Settled> {
  if (verb === 'requeue') {
    const isOurs = await putBack(place, link, me, mine, item, 'last')
    return [settledEvent('requeued', delivery, isOurs ? 'broker' : 'client', isOurs ? undefined : PUT_BACK)]
  }
  const isOurs = (await done(link, place.keys, me, item.body)) > 0
  mine.delete(item)
  if (verb === 'reject') {
    return [settledEvent('rejected', delivery, 'broker', 'removed, and gone: a list has no dead letters')]
  }
  return [settledEvent('acknowledged', delivery, isOurs ? 'broker' : 'client', isOurs ? undefined : PUT_BACK)]
}

/** Into the list again: where it is `next`, or `last`, behind all that wait. */
async function putBack(
  place: ListPlace,
  link: Link,
  me: string,
  mine: Set<Element>,
  element: Element,
  to: 'next' | 'last',
): Promise<boolean> {
  mine.delete(element)
  // Before it is written: another worker may be handed it before the answer is here.
  place.book.putBack(element.known, element.body)
  return giveBack(link, place.keys, me, element.body, to)
}
