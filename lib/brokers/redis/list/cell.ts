import { AppError } from '#lib/protocol/errors.ts'
import { type QueueFacts, queueFacts } from '#lib/protocol/facts.ts'
import type { Cell, CellParts } from '../cell.ts'
import { mustHold } from '../keys.ts'
import type { Link } from '../link.ts'
import { listMode } from '../modes/list.ts'
import { queueConsumerSettings } from '../modes/queue.ts'
import { parsed } from '../modes/settings.ts'
import { asOperationError } from '../reasons.ts'
import { attachWorker } from '../worker.ts'
import { createListLine } from './line.ts'
import { createListPlace, type ListPlace } from './place.ts'
import { push } from './push.ts'

const NOTE =
  'A list has no maximum length, idle times, attempts or dead letters: those settings do nothing here.'

/** A bare list: an element is the text and nothing else, and leaves the list when it is handed out. */
export function createListCell(parts: CellParts, address: string): Cell {
  let isGone = false
  let owned = false
  const place = createListPlace(address, () => isGone)
  const { keys } = place
  const traits = ['list', 'bare texts']

  return {
    kind: 'list',
    declare: async (link, spec) => {
      const there = await mustHold(link, [address], 'list')
      owned = spec.owned
      return { traits, note: NOTE, existed: there.has(address) }
    },
    alter: async () => {
      throw new AppError('not-capable', listMode.lacks.alter ?? '')
    },
    remove: async (link, keep) => {
      isGone = true
      if (!owned) return
      try {
        for (const name of await link.redis.smembers(keys.members)) {
          if (keep) await place.recoverFrom(link, name)
          else await link.redis.del(keys.processing(name))
        }
        await link.redis.del(keys.members, ...(keep ? [] : [keys.list]))
      } catch (error) {
        throw asOperationError(error)
      }
    },
    publish: (link, message) => parts.due(push(link, address, place.book, message)),
    attach: (spec, listener) =>
      parts.roster.attach((signal, ended) => {
        const asked = parsed(queueConsumerSettings, spec.settings)
        if (asked.reads === 'dead-letters') {
          throw new AppError('not-capable', listMode.lacks.deadLetters ?? '')
        }
        const onEnded = () => {
          place.present.delete(spec.name)
          ended()
        }
        const options = { spec, settings: asked, parts, signal, listener, onEnded }
        return attachWorker(options, createListLine(place, spec.name))
      }),
    facts: (link) => readListFacts(link, place),
  }
}

/**
 * A list's facts in two round trips. A worker counts until it leaves, or until another finds that it is gone; programs
 * outside that take elements without a list of their own are not to be seen. Throws AppError.
 */
async function readListFacts({ redis }: Link, { keys }: ListPlace): Promise<QueueFacts> {
  try {
    const [ready, members] = await Promise.all([redis.llen(keys.list), redis.smembers(keys.members)])
    const counts = await Promise.all(members.map((name) => redis.llen(keys.processing(name))))
    const pending = members.map((consumer, index) => {
      return { consumer, outside: false, count: counts[index] ?? 0, idleMs: null }
    })
    const unacked = pending.reduce((sum, { count }) => sum + count, 0)
    return queueFacts({ ready, unacked, consumers: members.length, durable: null, pending })
  } catch (error) {
    throw asOperationError(error)
  }
}
