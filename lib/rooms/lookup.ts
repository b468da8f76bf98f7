import { manifestOf } from '#lib/brokers/catalog.ts'
import type { Driver, Manifest, ModeManifest } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Mode, SystemId } from '#lib/protocol/names.ts'
import { now } from '#lib/util/clock.ts'
import type { BrokerSlots } from './contract.ts'

/** Finds what a command names, or throws the error code that says what is missing. */

/** How long a caller should wait when it is not known when the driver tries again. */
const RETRY_AFTER_MS = 2_000
const RETRY_AFTER_MIN_MS = 500

/** The error for a system whose broker cannot be reached, with the time until the driver's next try. */
export function brokerDown(slots: BrokerSlots, system: SystemId, cause?: unknown): AppError {
  const { nextTryAt } = slots.status(system)
  const wait = nextTryAt === undefined ? RETRY_AFTER_MS : Math.max(RETRY_AFTER_MIN_MS, nextTryAt - now())
  const label = manifestOf(system)?.label ?? system
  return new AppError('broker-down', `${label} is not reachable`, { retryAfterMs: Math.ceil(wait), cause })
}

/** The system's driver while its broker is up, else undefined. */
export function driverUp(slots: BrokerSlots, system: SystemId): Driver | undefined {
  const driver = slots.driver(system)
  return driver?.status.status === 'up' ? driver : undefined
}

/** Throws `broker-down`. */
export function requireDriver(slots: BrokerSlots, system: SystemId): Driver {
  const driver = driverUp(slots, system)
  if (driver === undefined) throw brokerDown(slots, system)
  return driver
}

/** Throws `system-not-found` for a system that the catalog or this process does not have. */
export function requireManifest(slots: BrokerSlots, system: SystemId): Manifest {
  const manifest = slots.systems.includes(system) ? manifestOf(system) : undefined
  if (manifest === undefined) throw new AppError('system-not-found', `there is no system "${system}"`)
  return manifest
}

/** Throws `not-capable` where the system does not have the mode. */
export function requireMode(manifest: Manifest, mode: Mode): ModeManifest {
  const found = manifest.modes[mode]
  if (found === undefined) {
    throw new AppError('not-capable', `${manifest.label} has no destinations of mode ${mode} here`, {
      detail: { mode },
    })
  }
  return found
}

interface Named {
  readonly now: { readonly id: string; readonly name: string }
}

/**
 * The destination or consumer with this id, or the only one with this name. Throws `destination-not-found` or
 * `consumer-not-found`, and `ambiguous-name` with the ids of all that have the name.
 */
export function findByIdOrName<T extends Named>(
  what: 'destination' | 'consumer',
  all: ReadonlyMap<string, T>,
  asked: string,
): T {
  const byId = all.get(asked)
  if (byId !== undefined) return byId
  const [found, ...others] = [...all.values()].filter(({ now }) => now.name === asked)
  if (found === undefined) throw new AppError(`${what}-not-found`, `there is no ${what} "${asked}"`)
  if (others.length === 0) return found
  const ids = [found, ...others].map(({ now }) => now.id).join(', ')
  throw new AppError('ambiguous-name', `several have the name "${asked}"; use one of the ids ${ids}`, {
    detail: { name: asked, ids },
  })
}
