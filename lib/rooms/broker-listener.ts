import type { AssignmentChange, Driver, DriverFault } from '#lib/brokers/contract.ts'
import { isConnected } from '#lib/protocol/connected.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import { now } from '#lib/util/clock.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'
import { brokerMark } from './made-faults.ts'
import type { RoomContext } from './room-context.ts'
import type { RoomDestination } from './room-destination.ts'

export interface BrokerListenerOptions {
  destination(system: SystemId, address: string): RoomDestination | undefined
  onUp(system: SystemId): void
  /** The broker was up and is no longer. */
  onAway(system: SystemId): void
  /** A new driver has replaced the previous one. */
  onReplaced(system: SystemId): void
}

/** In an outage the first tries are each an event, one a second or so; later ones now and then. */
const TRIES_SHOWN_EACH = 20
const TRIES_BETWEEN_SHOWN = 30
const isTryShown = (tries: number): boolean => tries <= TRIES_SHOWN_EACH || tries % TRIES_BETWEEN_SHOWN === 0

/**
 * Listens to every broker for one room: emits their statuses, assignments and faults as events of the room. A further try
 * to reach a broker is an event only now and then, and never in a sleeping room; otherwise a broker that is away for days
 * would push everything else out of its history.
 */
export class BrokerListener {
  private readonly ctx: RoomContext
  private readonly options: BrokerListenerOptions
  /** Each broker's status as it was emitted last. */
  private readonly emitted = new Map<SystemId, BrokerStatus>()
  private readonly up = new Set<SystemId>()
  private readonly drivers = new Map<SystemId, Unsubscribe>()
  private readonly slotListeners: Unsubscribe[]

  constructor(ctx: RoomContext, options: BrokerListenerOptions) {
    const { slots } = ctx
    this.ctx = ctx
    this.options = options
    for (const system of slots.systems) {
      const driver = slots.driver(system)
      if (driver !== undefined) this.listenTo(system, driver)
      this.onStatus(slots.status(system))
    }
    this.slotListeners = [
      slots.onDriver((system, driver) => this.listenTo(system, driver)),
      slots.onStatus((status) => this.onStatus(status)),
      slots.onMadeFault((system, made) => void ctx.stream.emit(brokerMark(system, made))),
    ]
  }

  /** Emits the statuses that were left out while the room slept. */
  catchUp(): void {
    for (const system of this.ctx.slots.systems) {
      const status = this.ctx.slots.status(system)
      if (this.emitted.get(system) !== status) this.emitStatus(status)
    }
  }

  /** Idempotent. */
  close(): void {
    for (const unsubscribe of [...this.slotListeners, ...this.drivers.values()]) unsubscribe()
  }

  private onStatus(status: BrokerStatus): void {
    const { system } = status
    if (this.isNews(status)) this.emitStatus(status)
    if (isConnected(status) && !this.up.has(system)) {
      this.up.add(system)
      this.options.onUp(system)
    } else if (!isConnected(status) && this.up.delete(system)) this.options.onAway(system)
  }

  private isNews(status: BrokerStatus): boolean {
    const before = this.emitted.get(status.system)
    if (before?.status !== status.status) return true
    if (JSON.stringify(before.faults) !== JSON.stringify(status.faults)) return true
    if (!this.ctx.isAwake()) return false
    const { tries = 0, reason } = status
    return status.status === 'up' || reason?.text !== before.reason?.text || isTryShown(tries)
  }

  private emitStatus(status: BrokerStatus): void {
    const { system } = status
    this.emitted.set(system, status)
    this.ctx.stream.emit({ kind: 'broker', at: now(), evidence: 'client', system, now: status })
  }

  private listenTo(system: SystemId, driver: Driver): void {
    const unsubscribeFormer = this.drivers.get(system)
    if (unsubscribeFormer !== undefined) {
      unsubscribeFormer()
      if (this.up.delete(system)) this.options.onAway(system)
      this.options.onReplaced(system)
    }
    const listeners = [
      driver.onAssignment((change) => this.onAssignment(system, change)),
      driver.onFault((fault) => this.onFault(system, fault)),
    ]
    this.drivers.set(system, () => {
      for (const unsubscribe of listeners) unsubscribe()
    })
  }

  private onAssignment(system: SystemId, { address, group, ...change }: AssignmentChange): void {
    const destination = this.options.destination(system, address)?.now.name
    if (destination === undefined) return
    const place = { system, destination, group: this.ctx.names.bare(group) }
    this.ctx.stream.emit({ kind: 'assignment', ...change, ...place })
  }

  /** A fault at a destination belongs to that destination's room; one of the connection goes to every room that is awake. */
  private onFault(system: SystemId, { address, consumer, code, text }: DriverFault): void {
    if (address === undefined) {
      if (this.ctx.isAwake()) this.ctx.fault({ system, code, text })
      return
    }
    const destination = this.options.destination(system, address)?.now.name
    if (destination === undefined) return
    this.ctx.fault({ system, destination, code, text, ...(consumer === undefined ? {} : { consumer }) })
  }
}
