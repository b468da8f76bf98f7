import type { DriverLog } from '#lib/brokers/contract.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { BrokerSlots } from './contract.ts'
import { driverUp } from './lookup.ts'

/** A destination of a removed room that is still on its broker. */
export interface UnremovedDestination {
  system: SystemId
  address: string
}

/** Destinations of removed rooms whose brokers were away: they are removed when their broker is back. */
export interface UnremovedDestinations {
  add(room: string, destinations: UnremovedDestination[]): void
  /** A room of that name exists again and owns what is there. */
  reclaim(room: string): void
  close(): void
}

/** Beyond this the oldest are left on the broker, and the log names them. */
const UNREMOVED_MAX = 1_000

export function createUnremovedDestinations(slots: BrokerSlots, log: DriverLog): UnremovedDestinations {
  let waiting: Array<UnremovedDestination & { room: string }> = []

  async function removeFrom(system: SystemId): Promise<void> {
    const driver = driverUp(slots, system)
    if (driver === undefined) return
    const due = waiting.filter((one) => one.system === system)
    waiting = waiting.filter((one) => one.system !== system)
    for (const one of due) {
      try {
        await driver.remove(one.address)
      } catch (error) {
        log.warn({ err: error, ...one }, 'a destination of a removed room could not be removed')
        waiting.push(one)
      }
    }
  }

  const unsubscribe = slots.onStatus(({ system, status }) => {
    if (status === 'up') void removeFrom(system)
  })

  return {
    add: (room, destinations) => {
      waiting.push(...destinations.map((one) => ({ ...one, room })))
      for (const given of waiting.splice(0, Math.max(0, waiting.length - UNREMOVED_MAX))) {
        log.warn(given, 'a destination of a removed room stays on its broker')
      }
    },
    reclaim: (room) => {
      waiting = waiting.filter((one) => one.room !== room)
    },
    close: unsubscribe,
  }
}
