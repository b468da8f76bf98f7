import { randomUUID } from 'node:crypto'
import type { DriverLog } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { Health } from '#lib/protocol/health.ts'
import { ROOMS_MAX } from '#lib/protocol/limits.ts'
import { LOBBY } from '#lib/protocol/names.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import { createSignal } from '#lib/util/emitter.ts'
import type { BrokerSlots, Rooms } from './contract.ts'
import { createLeftovers } from './leftovers.ts'
import { createRoom, type OwnedRoom } from './room.ts'

export interface RoomsOptions {
  slots: BrokerSlots
  log: DriverLog
  /** How long a room stays awake that nobody watches, milliseconds. */
  idleMs?: number
}

/** The process's rooms. The lobby is there from the start, asleep; its `epoch` is new with each call. */
export function createRooms(options: RoomsOptions): Rooms {
  const { slots, log, idleMs } = options
  const epoch = randomUUID()
  const rooms = new Map<string, OwnedRoom>()
  const events = createSignal<RoomEvent>()
  const removing = new Map<string, Promise<void>>()
  const leftovers = createLeftovers(slots, log)
  let closing: Promise<void> | undefined

  function open(name: string): OwnedRoom {
    const room = createRoom({ name, epoch, slots, log, idleMs, onEvent: events.emit })
    rooms.set(name, room)
    return room
  }

  function get(name: string): OwnedRoom {
    const room = rooms.get(name)
    if (room === undefined) throw new AppError('room-not-found', `there is no room "${name}"`)
    return room
  }

  async function create(name: string) {
    // A room that is being taken down is waited for: its removal would otherwise take the new one's queues.
    await removing.get(name)
    const existing = rooms.get(name)
    if (existing !== undefined) {
      existing.touch()
      return { room: existing, created: false }
    }
    if (closing !== undefined) throw new AppError('internal', 'the dashboard is closing')
    if (rooms.size >= ROOMS_MAX) {
      throw new AppError('too-many', 'there are as many rooms as there may be', {
        detail: { limit: ROOMS_MAX },
      })
    }
    leftovers.reclaim(name)
    const room = open(name)
    room.touch()
    return { room, created: true }
  }

  async function remove(name: string): Promise<void> {
    if (name === LOBBY) throw new AppError('lobby-stays', 'the lobby stays')
    const room = get(name)
    rooms.delete(name)
    const removal = room.close({ forGood: true }).then((left) => leftovers.keep(name, left))
    removing.set(name, removal)
    try {
      await removal
    } finally {
      removing.delete(name)
    }
  }

  async function closeAll(): Promise<void> {
    leftovers.close()
    await Promise.all([...rooms.values()].map((room) => room.close({ forGood: false })))
    await Promise.allSettled(removing.values())
    events.clear()
  }

  const brokers = () => slots.systems.map((system) => slots.status(system))

  open(LOBBY)
  return {
    epoch,
    get,
    names: () => [...rooms.keys()],
    create,
    remove,
    onEvent: events.on,
    health: () => healthOf(brokers()),
    brokers,
    retryBroker: (system) => slots.retry(system),
    close: () => {
      closing ??= closeAll()
      return closing
    },
  }
}

function healthOf(statuses: BrokerStatus[]): Health {
  const brokers: Health['brokers'] = {}
  for (const { system, status, version, reason, since } of statuses) {
    brokers[system] = {
      status,
      ...(version === undefined ? {} : { version }),
      ...(reason === undefined ? {} : { reason: reason.text === '' ? reason.code : reason.text }),
      since: new Date(since).toISOString(),
    }
  }
  return { status: statuses.every(({ status }) => status === 'up') ? 'ok' : 'degraded', brokers }
}
