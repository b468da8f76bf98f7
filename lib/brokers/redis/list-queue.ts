import { randomUUID } from 'node:crypto'
import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Connection } from './connection.ts'
import { attachConsumer, type DriverParts } from './consume.ts'
import { readListFacts } from './facts.ts'
import { failures } from './failures.ts'
import { ListCommands } from './list-commands.ts'
import { type ListElement, ListOrder } from './list-order.ts'
import { listMode } from './manifest.ts'
import type { ItemDelivery } from './metadata.ts'
import { pushToList } from './publish.ts'
import { parsed, queueConsumerSettings } from './settings.ts'
import { type Destination, mustHold } from './topology.ts'
import { type QueueBackend, settledEvent, Worker } from './worker.ts'

/** How often a worker looks for what absent workers held. */
const RECOVER_INTERVAL_MS = 500
/** Listing all connections costs Redis more than reading a key: all workers together do it not more often than this. */
const RECOVER_AT_MOST_EVERY_MS = 200
const NOTE =
  'A list has no maximum length, idle times, attempts or dead letters: those settings do nothing here.'
const MOVED_BACK = 'it was not in its list any more: it had been put back'

/** A bare list: an element is the text and nothing else, and leaves the list when it is delivered. */
export function createListQueue(parts: DriverParts, address: string): Destination {
  let owned = false
  const shared = new SharedList(address)
  const { commands } = shared
  return {
    kind: 'list',
    declare: async (connection, spec) => {
      const existing = await mustHold(connection, [address], 'list')
      owned = spec.owned
      return { traits: ['list', 'bare texts'], note: NOTE, existed: existing.has(address) }
    },
    alter: async () => {
      throw new AppError('not-capable', listMode.lacks.alter ?? '')
    },
    remove: async (connection, keep) => {
      shared.isGone = true
      if (!owned) return
      const { redis } = connection
      try {
        for (const name of await redis.smembers(commands.members)) {
          if (keep) await shared.recoverFrom(connection, name)
          else await redis.del(commands.processing(name))
        }
        await redis.del(commands.members, ...(keep ? [] : [commands.list]))
      } catch (error) {
        throw failures.toAppError(error)
      }
    },
    publish: (connection, message) =>
      parts.trackReceipt(pushToList(connection, address, shared.order, message)),
    attach: async (spec, listener) => {
      const asked = parsed(queueConsumerSettings, spec.settings)
      if (asked.reads === 'dead-letters') {
        throw new AppError('not-capable', listMode.lacks.deadLetters ?? '')
      }
      const backend = createListBackend(shared, spec.name)
      return attachConsumer(parts, (ended) => {
        const onEnded = () => {
          shared.present.delete(spec.name)
          ended()
        }
        return new Worker({ spec, parts, listener, onEnded }, asked, backend)
      })
    },
    facts: (connection) => readListFacts(connection, commands),
  }
}

/** One unacked element. */
interface HeldElement {
  readonly body: Buffer
  readonly element: ListElement
}

/** What all workers of one list share. */
class SharedList {
  readonly address: string
  readonly commands: ListCommands
  readonly order: ListOrder
  /** The destination was removed: its consumers do not come back. */
  isGone = false
  /** What each worker of ours holds in its own list on Redis, by the worker's name. */
  readonly held = new Map<string, Set<HeldElement>>()
  /** Names of workers of ours that are attached now. */
  readonly present = new Set<string>()
  #recoveredAt = 0
  #recovering: Promise<void> | undefined

  constructor(address: string) {
    this.address = address
    this.commands = new ListCommands(address)
    this.order = new ListOrder(address, randomUUID())
  }

  /** Puts back what absent workers held: those neither attached here nor known to Redis as a connection. */
  recover(connection: Connection): Promise<void> {
    if (this.#recovering) return this.#recovering
    if (Date.now() - this.#recoveredAt < RECOVER_AT_MOST_EVERY_MS) return Promise.resolve()
    this.#recoveredAt = Date.now()
    this.#recovering = this.#recoverAbsent(connection).finally(() => {
      this.#recovering = undefined
    })
    return this.#recovering
  }

  /** Puts back what this worker held. */
  async recoverFrom(connection: Connection, worker: string): Promise<void> {
    await this.commands.moveAllBack(connection, worker)
    // The newest first, so that the oldest of equal texts is foremost again.
    const held = [...(this.held.get(worker) ?? [])].reverse()
    for (const { element, body } of held) this.order.putBack(element, body)
    this.held.delete(worker)
  }

  async #recoverAbsent(connection: Connection): Promise<void> {
    const { members } = this.commands
    const absent = (await connection.redis.smembers(members)).filter((name) => !this.present.has(name))
    if (absent.length === 0) return
    const connected = await connectionNames(connection)
    for (const name of absent) {
      const suffix = `:${this.address}:${name}`
      if (this.present.has(name) || connected.some((found) => found.endsWith(suffix))) continue
      await this.recoverFrom(connection, name)
      await connection.redis.srem(members, name)
    }
  }
}

async function connectionNames({ redis }: Connection): Promise<string[]> {
  const list = String(await redis.client('LIST'))
  return [...list.matchAll(/ name=(\S+)/g)].map(([, name]) => name ?? '')
}

/**
 * A worker of a list. What it takes moves in one step to a list of its own, and leaves that when it is acknowledged. A
 * crash therefore loses nothing: the next worker that looks puts back what the crashed one held, once Redis shows no
 * connection by its name. With `ackMode` `none` there is no such list, and what was taken is gone.
 */
function createListBackend(shared: SharedList, me: string): QueueBackend<HeldElement> {
  const { commands, order, address } = shared
  const mine = () => {
    const found = shared.held.get(me) ?? new Set<HeldElement>()
    shared.held.set(me, found)
    return found
  }
  const taken = (body: Buffer, noAck: boolean): ItemDelivery<HeldElement> => {
    const held = { body, element: order.take(body) }
    if (!noAck) mine().add(held)
    return elementDelivery(address, held)
  }
  const putBack = (connection: Connection, held: HeldElement, to: 'next' | 'last'): Promise<boolean> => {
    mine().delete(held)
    // Before it is written: another worker may receive it before the answer is here.
    order.putBack(held.element, held.body)
    return commands.moveBack(connection, me, held.body, to)
  }
  return {
    noReplay: listMode.lacks.replay,
    join: async (connection) => {
      if (shared.isGone) throw new AppError('destination-not-found', `"${address}" was removed`)
      await connection.redis.sadd(commands.members, me)
      shared.present.add(me)
      // Left over from before: no other worker has this name.
      await shared.recoverFrom(connection, me)
    },
    generation: () => 0,
    pending: async () => [],
    next: async (connection, room, noAck) => {
      if (noAck) {
        const body = await commands.popNext(connection)
        return body ? [taken(body, true)] : []
      }
      const first = await commands.moveNext(connection, me)
      if (!first) return []
      const more = await commands.moveMore(connection, me, room - 1)
      return [first, ...more].map((body) => taken(body, false))
    },
    reclaim: (connection) => shared.recover(connection),
    reclaimEveryMs: () => RECOVER_INTERVAL_MS,
    settle: async (connection, { item, delivery }, verb) => {
      if (verb === 'requeue') {
        const isOurs = await putBack(connection, item, 'last')
        return [settledEvent('requeued', delivery, ...evidenceOf(isOurs))]
      }
      const isOurs = (await commands.remove(connection, me, item.body)) > 0
      mine().delete(item)
      if (verb === 'reject') {
        return [settledEvent('rejected', delivery, 'broker', 'removed, and gone: a list has no dead letters')]
      }
      return [settledEvent('acknowledged', delivery, ...evidenceOf(isOurs))]
    },
    release: async (connection, held, unseen) => {
      const events: ConsumerEvent[] = []
      // The newest first, so that the oldest is next again.
      for (const element of [...unseen].reverse()) await putBack(connection, element, 'next')
      for (const { item, delivery } of [...held].reverse()) {
        const isOurs = await putBack(connection, item, 'next')
        events.unshift(settledEvent('requeued', delivery, isOurs ? 'broker' : 'client', 'the worker left'))
      }
      await connection.redis.srem(commands.members, me)
      shared.present.delete(me)
      return events
    },
  }
}

const evidenceOf = (isOurs: boolean): ['broker' | 'client', string?] =>
  isOurs ? ['broker'] : ['client', MOVED_BACK]

function elementDelivery(list: string, held: HeldElement): ItemDelivery<HeldElement> {
  const { messageId, identity, attempts } = held.element
  const content = {
    messageId,
    identity,
    body: held.body,
    // How often an outside element was delivered to others before is not known.
    attempt: messageId === null ? null : attempts,
    redelivered: attempts > 1,
    address: { kind: 'item', list } as const,
  }
  return { item: held, content }
}
