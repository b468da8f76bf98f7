import type { DriverLog } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { withoutCredentials } from '#lib/util/credentials.ts'
import type { BrokerNames } from './broker-names.ts'
import type { BrokerSlots } from './contract.ts'
import type { DestinationLocks } from './destination-locks.ts'
import type { MessageTable } from './message-table.ts'
import type { RoomStream } from './room-stream.ts'
import type { UnremovedDestination } from './unremoved-destinations.ts'

/** What all parts of one room share. */
export interface RoomContext {
  readonly room: string
  readonly names: BrokerNames
  readonly stream: RoomStream
  readonly messages: MessageTable
  readonly slots: BrokerSlots
  readonly log: DriverLog
  readonly locks: DestinationLocks
  /** What is in no room any more and may still be on its broker: it is removed as soon as the broker does it. */
  removeLater(destination: UnremovedDestination): void
  /** The highest delivery number used in the room; the next attachment counts on from it. */
  readonly deliveries: { highest: number }
  /** Whether consumers should be attached now: somebody watches, or a request named the room recently. */
  isAwake(): boolean
  /**
   * Logs a failure that belongs to no single message and emits it as a `fault` event; one that repeats, now and then,
   * with its count.
   */
  fault(fault: RoomFault): void
}

export interface RoomFault {
  system?: SystemId
  destination?: string
  consumer?: string
  code: string
  text: string
  /** How often it happened since it began to repeat. Absent: once. */
  count?: number
}

/** The broker's own reason where the error carries one, else the error's message. */
export function reasonText(error: unknown): string {
  if (error instanceof AppError && typeof error.detail?.reason === 'string') return error.detail.reason
  return withoutCredentials(error instanceof Error ? error.message : String(error))
}

export const isBrokerDown = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'broker-down'

export const isTimeout = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'broker-timeout'
