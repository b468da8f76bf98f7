import type {
  AttachedConsumer,
  ConsumerEvent,
  ConsumerSpec,
  Declared,
  DestinationSpec,
  DriverLog,
  OutgoingMessage,
  Receipt,
} from '#lib/brokers/contract.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import type { Link } from './link.ts'
import type { Roster } from './roster.ts'

/** What a destination needs of its driver. */
export interface CellParts {
  url: string
  /** Names this process to Redis; also the source that messages name. */
  clientName: string
  log: DriverLog
  roster: Roster
  /** Receipts that are due, so that closing can wait for them. */
  due<T>(receipt: Promise<T>): Promise<T>
  onFault(fault: { address: string; consumer?: string; code: string; text: string }): void
  /** The driver's own connection for questions. Throws AppError `broker-down`. */
  questions(): Link
}

/** One destination that Redis keeps: a stream or a list, under its key. Commands come on the driver's connections. */
export interface Cell {
  /** Which cells can be the same: mode and kind. */
  readonly kind: 'stream' | 'list' | 'log'
  /** Throws AppError `broker-refused`; nothing is changed then. */
  declare(link: Link, spec: DestinationSpec): Promise<Declared>
  /** Throws AppError `not-capable`, `broker-refused`; nothing is changed then. */
  alter(link: Link, spec: DestinationSpec): Promise<Declared>
  remove(link: Link, keep: boolean): Promise<void>
  publish(link: Link, message: OutgoingMessage): Promise<Receipt>
  attach(spec: ConsumerSpec, listener: (event: ConsumerEvent) => void): Promise<AttachedConsumer>
  facts(link: Link): Promise<Facts>
}
