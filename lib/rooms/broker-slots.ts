import { catalog } from '#lib/brokers/catalog.ts'
import type { Driver, DriverStatus } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { BrokerFault, BrokerFaults, MadeFault } from '#lib/protocol/faults.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { BrokerReason, BrokerStatus } from '#lib/protocol/status.ts'
import { now } from '#lib/util/clock.ts'
import { withoutCredentials } from '#lib/util/credentials.ts'
import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { BrokerSlots } from './contract.ts'
import { madeBetween } from './made-faults.ts'

/** The launcher's status of a broker that has no driver yet. */
export type LaunchStatus = {
  status: 'connecting' | 'down'
  reason: BrokerReason
} & Pick<BrokerStatus, 'hints' | 'address' | 'origin'>

/** Where a driver's broker is, and how it came to run. */
export type BrokerOrigin = Pick<BrokerStatus, 'address' | 'origin'>

export interface BrokerSlotsOptions {
  systems?: readonly SystemId[]
  /** Called by `retry` for a system without a driver. */
  retryLaunch?: (system: SystemId) => void
  /** Makes a fault on a broker, or ends it. Absent: no broker of this process was started here. */
  makeFault?: (system: SystemId, fault: BrokerFault) => Promise<void>
}

interface Slot {
  status: BrokerStatus
  driver: Driver | undefined
  origin: BrokerOrigin
  hints: BrokerStatus['hints']
  faults: BrokerFaults | undefined
  /** Who makes a fault on it just now, by name. */
  madeBy: string | undefined
  unsubscribe: Unsubscribe
}

/** The process's brokers, as the composition root fills them in. */
export class LocalBrokerSlots implements BrokerSlots {
  readonly systems: readonly SystemId[]
  private readonly slots: Map<SystemId, Slot>
  private readonly retryLaunch: BrokerSlotsOptions['retryLaunch']
  private readonly makeFault: BrokerSlotsOptions['makeFault']
  private readonly made = createSignal<{ system: SystemId; made: MadeFault }>()
  private readonly statuses = createSignal<BrokerStatus>()
  private readonly drivers = createSignal<{ system: SystemId; driver: Driver }>()

  constructor(options: BrokerSlotsOptions = {}) {
    this.systems = options.systems ?? catalog.map((manifest) => manifest.id)
    this.slots = new Map(this.systems.map((system) => [system, emptySlot(system)]))
    this.retryLaunch = options.retryLaunch
    this.makeFault = options.makeFault
  }

  status(system: SystemId): BrokerStatus {
    return this.slotOf(system).status
  }

  driver(system: SystemId): Driver | undefined {
    return this.slotOf(system).driver
  }

  onStatus(listener: (status: BrokerStatus) => void): Unsubscribe {
    return this.statuses.on(listener)
  }

  onDriver(listener: (system: SystemId, driver: Driver) => void): Unsubscribe {
    return this.drivers.on(({ system, driver }) => listener(system, driver))
  }

  retry(system: SystemId): void {
    const { driver } = this.slotOf(system)
    if (driver === undefined) this.retryLaunch?.(system)
    else driver.retry()
  }

  async fault(system: SystemId, fault: BrokerFault, by?: string): Promise<void> {
    const slot = this.slotOf(system)
    const { makeFault } = this
    if (makeFault === undefined) throw new AppError('not-ours', 'this broker was not started here')
    slot.madeBy = by
    try {
      await makeFault(system, fault)
    } finally {
      slot.madeBy = undefined
    }
  }

  onMadeFault(listener: (system: SystemId, made: MadeFault) => void): Unsubscribe {
    return this.made.on(({ system, made }) => listener(system, made))
  }

  /** Whether faults may be made on a broker, and which one holds. */
  setFaults(system: SystemId, faults: BrokerFaults): void {
    const slot = this.slotOf(system)
    const before = slot.faults?.now
    slot.faults = faults
    const by = slot.madeBy === undefined ? {} : { by: slot.madeBy }
    for (const made of madeBetween(before, faults.now)) this.made.emit({ system, made: { ...made, ...by } })
    const { since: _since, ...status } = slot.status
    this.set(slot, status)
  }

  /** Has no effect on the status once there is a driver. Its hints are kept, to be shown while the driver is down. */
  report(system: SystemId, launch: LaunchStatus): void {
    const slot = this.slotOf(system)
    slot.hints = launch.hints
    if (slot.driver === undefined) this.set(slot, { system, ...launch })
  }

  /** From now on the driver's own status decides. A driver attached before is not listened to any more, and not closed. */
  attachDriver(system: SystemId, driver: Driver, origin: BrokerOrigin = {}): void {
    const slot = this.slotOf(system)
    slot.unsubscribe()
    slot.driver = driver
    slot.origin = origin
    const onStatus = (status: DriverStatus) => this.set(slot, { system, ...brokerStatusOf(status, slot) })
    slot.unsubscribe = driver.onStatus(onStatus)
    this.drivers.emit({ system, driver })
    onStatus(driver.status)
  }

  /** Removes all listeners. The drivers are closed by whoever created them. Idempotent. */
  close(): void {
    for (const slot of this.slots.values()) slot.unsubscribe()
    this.statuses.clear()
    this.made.clear()
    this.drivers.clear()
  }

  private slotOf(system: SystemId): Slot {
    const slot = this.slots.get(system)
    if (slot === undefined) throw new AppError('system-not-found', `there is no system "${system}"`)
    return slot
  }

  private set(slot: Slot, next: Omit<BrokerStatus, 'since'>): void {
    const since = next.status === slot.status.status ? slot.status.since : now()
    const status: BrokerStatus = { ...next, since, ...(slot.faults && { faults: slot.faults }) }
    // A launcher's words are a program's or a library's.
    if (next.reason) status.reason = { ...next.reason, text: withoutCredentials(next.reason.text) }
    if (JSON.stringify(status) === JSON.stringify(slot.status)) return
    slot.status = status
    this.statuses.emit(status)
  }
}

const NOTHING_KNOWN = { hints: undefined, faults: undefined, madeBy: undefined, unsubscribe: () => undefined }

function emptySlot(system: SystemId): Slot {
  const reason: BrokerReason = { code: 'looking', text: '' }
  const status: BrokerStatus = { system, status: 'connecting', since: now(), reason }
  return { status, driver: undefined, origin: {}, ...NOTHING_KNOWN }
}

/** A driver's status as rooms show it. What is absent is left out, so that equal statuses compare equal. */
function brokerStatusOf(status: DriverStatus, slot: Slot): Omit<BrokerStatus, 'since' | 'system'> {
  const { origin, hints } = slot
  switch (status.status) {
    case 'up': {
      const { version, blocked } = status
      if (blocked === undefined) return { status: 'up', version, ...origin }
      return { status: 'blocked', version, reason: { code: 'blocked', text: blocked }, ...origin }
    }
    case 'connecting':
    case 'down':
      return {
        status: status.status,
        reason: status.reason,
        tries: status.tries,
        ...(status.nextTryAt === undefined ? {} : { nextTryAt: status.nextTryAt }),
        ...origin,
        ...(hints === undefined ? {} : { hints }),
      }
    default:
      return unreachable(status)
  }
}
