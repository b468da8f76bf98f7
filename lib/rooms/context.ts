import { manifestOf } from '#lib/brokers/catalog.ts'
import type { Driver, DriverLog, Manifest, ModeManifest } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Mode, SystemId } from '#lib/protocol/names.ts'
import { now } from '#lib/util/clock.ts'
import type { BrokerSlots } from './contract.ts'
import type { Naming } from './naming.ts'
import type { SentTable } from './sent-table.ts'
import type { Stream } from './stream.ts'

/** What every part of one room stands on. */
export interface RoomContext {
  readonly room: string
  readonly naming: Naming
  readonly stream: Stream
  readonly messages: SentTable
  readonly slots: BrokerSlots
  readonly log: DriverLog
  /** The highest delivery number used in the room: whoever attaches next counts on from there. */
  readonly deliveries: { highest: number }
  /** Whether consumers should be attached now: somebody watches, or a request named the room of late. */
  isAwake(): boolean
  /** Trouble that belongs to no single message, told in the stream and logged. */
  fault(trouble: Trouble): void
}

export interface Trouble {
  system?: SystemId
  destination?: string
  consumer?: string
  code: string
  text: string
}

/** What a caller may wait before trying again when the broker's next try is not known. */
const RETRY_AFTER_MS = 2_000
const RETRY_AFTER_MIN_MS = 500

export function brokerDown(slots: BrokerSlots, system: SystemId, cause?: unknown): AppError {
  const { nextTryAt } = slots.status(system)
  const wait = nextTryAt === undefined ? RETRY_AFTER_MS : Math.max(RETRY_AFTER_MIN_MS, nextTryAt - now())
  const label = manifestOf(system)?.label ?? system
  return new AppError('broker-down', `${label} is not reachable`, { retryAfterMs: Math.ceil(wait), cause })
}

/** The system's driver when its broker is up, else undefined. */
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

/** Throws `system-not-found` for a system that is not in the catalog or not among the slots. */
export function requireManifest(slots: BrokerSlots, system: SystemId): Manifest {
  const manifest = slots.systems.includes(system) ? manifestOf(system) : undefined
  if (manifest === undefined) throw new AppError('system-not-found', `there is no system "${system}"`)
  return manifest
}

/** Throws `not-capable` where the system has no such mode. */
export function requireMode(manifest: Manifest, mode: Mode): ModeManifest {
  const found = manifest.modes[mode]
  if (found === undefined) {
    throw new AppError('not-capable', `${manifest.label} has no destinations of mode ${mode} here`, {
      detail: { mode },
    })
  }
  return found
}

/** A failure in words, for faults and reasons. */
export function wordsOf(error: unknown): string {
  if (error instanceof AppError && typeof error.detail?.reason === 'string') return error.detail.reason
  return error instanceof Error ? error.message : String(error)
}

export const isBrokerDown = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'broker-down'
