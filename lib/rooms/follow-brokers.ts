import type { AssignmentChange, Driver } from '#lib/brokers/contract.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import { createDisposer } from '#lib/util/disposer.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'
import type { RoomContext } from './context.ts'
import type { DestinationLife } from './destination-life.ts'

type DriverFault = Parameters<Parameters<Driver['onFault']>[0]>[0]

export interface BrokerFollowers {
  destination(system: SystemId, address: string): DestinationLife | undefined
  onStatus(status: BrokerStatus): void
  onUp(system: SystemId): void
  /** It was up and is no more. */
  onAway(system: SystemId): void
  /** Another driver has taken the place of the one before. */
  onReplaced(system: SystemId): void
}

/** Listens to every broker on behalf of one room; the answer ends all of it. */
export function followBrokers(ctx: RoomContext, followers: BrokerFollowers): () => Promise<void> {
  const { slots, stream, naming } = ctx
  const disposer = createDisposer()
  const hooked = new Map<SystemId, Unsubscribe>()
  const up = new Set<SystemId>()

  function onStatus(status: BrokerStatus): void {
    const { system } = status
    followers.onStatus(status)
    if (status.status === 'up' && !up.has(system)) {
      up.add(system)
      followers.onUp(system)
    } else if (status.status !== 'up' && up.delete(system)) followers.onAway(system)
  }

  function onAssignment(system: SystemId, change: AssignmentChange): void {
    const destination = followers.destination(system, change.address)?.now.name
    if (destination === undefined) return
    const { address: _address, group, ...rest } = change
    stream.emit({ kind: 'assignment', ...rest, system, destination, group: naming.bare(group) })
  }

  /** Trouble at a destination belongs to its room; trouble of the connection is told wherever somebody looks. */
  function onFault(system: SystemId, { address, consumer, code, text }: DriverFault): void {
    if (address === undefined) {
      if (ctx.isAwake()) ctx.fault({ system, code, text })
      return
    }
    const destination = followers.destination(system, address)?.now.name
    if (destination === undefined) return
    ctx.fault({ system, destination, code, text, ...(consumer === undefined ? {} : { consumer }) })
  }

  function hook(system: SystemId, driver: Driver): void {
    const release = hooked.get(system)
    if (release !== undefined) {
      release()
      if (up.delete(system)) followers.onAway(system)
      followers.onReplaced(system)
    }
    const ends = [
      driver.onAssignment((change) => onAssignment(system, change)),
      driver.onFault((fault) => onFault(system, fault)),
    ]
    hooked.set(system, () => {
      for (const end of ends) end()
    })
  }

  for (const system of slots.systems) {
    const driver = slots.driver(system)
    if (driver !== undefined) hook(system, driver)
    onStatus(slots.status(system))
  }
  disposer.add(slots.onDriver(hook))
  disposer.add(slots.onStatus(onStatus))
  disposer.add(() => {
    for (const release of hooked.values()) release()
  })
  return disposer.dispose
}
