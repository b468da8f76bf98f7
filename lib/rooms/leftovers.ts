import type { DriverLog } from '#lib/brokers/contract.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { driverUp } from './context.ts'
import type { BrokerSlots } from './contract.ts'
import type { Leftover } from './room.ts'

/** What closed rooms left on brokers that were away: removed when their broker is back. */
export interface Leftovers {
  keep(room: string, leftovers: Leftover[]): void
  /** A room of that name exists again: what is there is its own. */
  reclaim(room: string): void
  close(): void
}

/** Beyond this the oldest are left to whoever looks after the broker; the log names them. */
const LEFTOVERS_MAX = 1_000

export function createLeftovers(slots: BrokerSlots, log: DriverLog): Leftovers {
  let kept: Array<Leftover & { room: string }> = []

  async function removeFrom(system: SystemId): Promise<void> {
    const driver = driverUp(slots, system)
    if (driver === undefined) return
    const due = kept.filter((leftover) => leftover.system === system)
    kept = kept.filter((leftover) => leftover.system !== system)
    for (const leftover of due) {
      try {
        await driver.remove(leftover.address)
      } catch (error) {
        log.warn({ err: error, ...leftover }, 'could not be removed')
        kept.push(leftover)
      }
    }
  }

  const release = slots.onStatus(({ system, status }) => {
    if (status === 'up') void removeFrom(system)
  })

  return {
    keep: (room, leftovers) => {
      kept.push(...leftovers.map((leftover) => ({ ...leftover, room })))
      for (const lost of kept.splice(0, Math.max(0, kept.length - LEFTOVERS_MAX))) {
        log.warn(lost, 'stays on its broker')
      }
    },
    reclaim: (room) => {
      kept = kept.filter((leftover) => leftover.room !== room)
    },
    close: release,
  }
}
