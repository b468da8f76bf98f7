import { onTestFinished } from 'vitest'
import { catalog } from '#lib/brokers/catalog.ts'
import type { DriverStatus } from '#lib/brokers/contract.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { LocalBrokerSlots } from '#lib/rooms/broker-slots.ts'
import type { Room, Rooms } from '#lib/rooms/contract.ts'
import { createRooms } from '#lib/rooms/rooms.ts'
import { createScriptedDriver, type ScriptedDriver, UP } from '#test/support/scripted-driver.ts'

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

export interface ScriptedRooms {
  rooms: Rooms
  lobby: Room
  slots: LocalBrokerSlots
  drivers: { rabbitmq: ScriptedDriver; redis: ScriptedDriver; kafka: ScriptedDriver }
  /** Every event of the lobby since the scripted was made, in order. */
  events: RoomEvent[]
}

/** Rooms over three scripted drivers, with the lobby awake unless asked otherwise; closed with the test. */
export async function scriptRooms(
  options: { idleMs?: number; unvisitedMs?: number; asleep?: boolean; status?: DriverStatus } = {},
): Promise<ScriptedRooms> {
  const { idleMs = 60_000, unvisitedMs = 3_600_000, asleep = false, status = UP } = options
  const slots = new LocalBrokerSlots({ makeFault: async () => undefined })
  const made = new Map(catalog.map(({ id }) => [id, createScriptedDriver(id, status)]))
  for (const [system, driver] of made) slots.attachDriver(system, driver, { address: `${system}:1` })
  const rooms = createRooms({ slots, log: silent, idleMs, unvisitedMs })
  onTestFinished(() => rooms.close())
  const lobby = await rooms.get('lobby')
  const events: RoomEvent[] = []
  lobby.onEvent((event) => events.push(event))
  if (!asleep) await lobby.awake()
  const named = (system: string) => {
    const driver = made.get(system)
    if (driver === undefined) throw new Error(system)
    return driver
  }
  return {
    ...{ rooms, lobby, slots, events },
    drivers: { rabbitmq: named('rabbitmq'), redis: named('redis'), kafka: named('kafka') },
  }
}

export const kinds = (events: RoomEvent[]): string[] => events.map((event) => event.kind)

/** The events of one kind, typed. */
export function of<K extends RoomEvent['kind']>(
  events: RoomEvent[],
  kind: K,
): Extract<RoomEvent, { kind: K }>[] {
  return events.filter((event): event is Extract<RoomEvent, { kind: K }> => event.kind === kind)
}
