import { catalog } from '#lib/brokers/catalog.ts'
import type { Driver, DriverStatus } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { BrokerReason, BrokerStatus } from '#lib/protocol/status.ts'
import { now } from '#lib/util/clock.ts'
import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { BrokerSlots } from './contract.ts'

/** The launcher's word on a broker that has no driver yet. */
export type LauncherWord = {
  status: 'connecting' | 'down'
  reason: BrokerReason
} & Pick<BrokerStatus, 'hints' | 'address' | 'origin'>

/** Where an attached driver's broker is, and how it came to run. */
export type Whereabouts = Pick<BrokerStatus, 'address' | 'origin'>

/** The composition root's side of the slots. */
export interface FilledBrokerSlots extends BrokerSlots {
  /** Has no effect on the status once there is a driver; its hints stay, to be shown while the driver is down. */
  report(system: SystemId, word: LauncherWord): void
  /** From now on the driver's own status decides. A driver attached before is let go of, not closed. */
  attachDriver(system: SystemId, driver: Driver, where?: Whereabouts): void
  /** Ends all listening. The drivers are closed by whoever made them. Idempotent. */
  close(): void
}

export interface BrokerSlotsOptions {
  systems?: readonly SystemId[]
  /** Asked by `retry` for a system without a driver. */
  retryLaunch?: (system: SystemId) => void
}

interface Slot {
  status: BrokerStatus
  driver: Driver | undefined
  where: Whereabouts
  hints: BrokerStatus['hints']
  release: Unsubscribe
}

const nothing = () => undefined

export function createBrokerSlots(options: BrokerSlotsOptions = {}): FilledBrokerSlots {
  const systems = options.systems ?? catalog.map((manifest) => manifest.id)
  const slots = new Map(systems.map((system) => [system, emptySlot(system)]))
  const statuses = createSignal<BrokerStatus>()
  const arrivals = createSignal<{ system: SystemId; driver: Driver }>()

  function slotOf(system: SystemId): Slot {
    const slot = slots.get(system)
    if (slot === undefined) throw new AppError('system-not-found', `there is no system "${system}"`)
    return slot
  }

  function set(slot: Slot, next: Omit<BrokerStatus, 'since'>): void {
    const since = next.status === slot.status.status ? slot.status.since : now()
    const status: BrokerStatus = { ...next, since }
    if (JSON.stringify(status) === JSON.stringify(slot.status)) return
    slot.status = status
    statuses.emit(status)
  }

  function report(system: SystemId, word: LauncherWord): void {
    const slot = slotOf(system)
    slot.hints = word.hints
    if (slot.driver === undefined) set(slot, { system, ...word })
  }

  function attachDriver(system: SystemId, driver: Driver, where: Whereabouts = {}): void {
    const slot = slotOf(system)
    slot.release()
    slot.driver = driver
    slot.where = where
    const follow = (status: DriverStatus) => set(slot, { system, ...describe(status, slot) })
    slot.release = driver.onStatus(follow)
    arrivals.emit({ system, driver })
    follow(driver.status)
  }

  function retry(system: SystemId): void {
    const { driver } = slotOf(system)
    if (driver === undefined) options.retryLaunch?.(system)
    else driver.retry()
  }

  function close(): void {
    for (const slot of slots.values()) slot.release()
    statuses.clear()
    arrivals.clear()
  }

  return {
    systems,
    status: (system) => slotOf(system).status,
    driver: (system) => slotOf(system).driver,
    onStatus: statuses.on,
    onDriver: (listener) => arrivals.on(({ system, driver }) => listener(system, driver)),
    retry,
    report,
    attachDriver,
    close,
  }
}

function emptySlot(system: SystemId): Slot {
  const reason: BrokerReason = { code: 'looking', text: '' }
  const status: BrokerStatus = { system, status: 'connecting', since: now(), reason }
  return { status, driver: undefined, where: {}, hints: undefined, release: nothing }
}

/** A driver's status as the room tells it. Absent things are left out, so that equal statuses compare equal. */
function describe(status: DriverStatus, slot: Slot): Omit<BrokerStatus, 'since' | 'system'> {
  const { where, hints } = slot
  switch (status.status) {
    case 'up':
      return { status: 'up', version: status.version, ...where }
    case 'connecting':
    case 'down':
      return {
        status: status.status,
        reason: status.reason,
        tries: status.tries,
        ...(status.nextTryAt === undefined ? {} : { nextTryAt: status.nextTryAt }),
        ...where,
        ...(hints === undefined ? {} : { hints }),
      }
    default:
      return unreachable(status)
  }
}
