import type { SystemId } from '#lib/protocol/names.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import { now } from '#lib/util/clock.ts'
import type { RoomContext } from './context.ts'

/**
 * Brokers' statuses in the room's stream. A sleeping room is told of a change of status, not of every further try to
 * reach a broker: otherwise a broker that is away for days would push everything else out of its history.
 */
export interface BrokerEvents {
  take(status: BrokerStatus): void
  /** Tells what was left out while the room slept. */
  catchUp(): void
}

export function createBrokerEvents(ctx: RoomContext): BrokerEvents {
  const told = new Map<SystemId, BrokerStatus>()

  function tell(status: BrokerStatus): void {
    told.set(status.system, status)
    ctx.stream.emit({ kind: 'broker', at: now(), evidence: 'client', system: status.system, now: status })
  }

  function take(status: BrokerStatus): void {
    if (ctx.isAwake() || told.get(status.system)?.status !== status.status) tell(status)
  }

  function catchUp(): void {
    for (const system of ctx.slots.systems) {
      const status = ctx.slots.status(system)
      if (told.get(system) !== status) tell(status)
    }
  }

  return { take, catchUp }
}
