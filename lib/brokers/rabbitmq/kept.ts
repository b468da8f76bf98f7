import type { AppError } from '#lib/protocol/errors.ts'
import type { Declared, DestinationSpec, DriverLog } from '../contract.ts'
import type { Control } from './control.ts'
import type { Helper } from './helper.ts'
import type { Management } from './management.ts'

/** How a destination was found when a consumer came to it. */
export interface Found {
  /** Another than before: it was gone in between. Null for one that was not declared here. */
  generation: number | null
  /** classic, quorum, stream; null while unknown, or where it is none. */
  kind: string | null
}

/** Why a destination is looked at; `since`: when the connection was lost, milliseconds since the epoch. */
export type Occasion = { was: 'connection-lost'; since: number } | { was: 'deleted' } | { was: 'first' }

/** What becomes of a message that a worker gives up on. */
export interface Fate {
  /** Where it goes, by name; null: nowhere, as far as known. */
  deadLetters: string | null
  /** How often a message may come back before the queue gives up on it; null while unknown or without limit. */
  deliveryLimit: number | null
}

/** One destination that this driver looks after. Its operations run one after another. */
export interface Kept {
  readonly spec: DestinationSpec
  readonly isExchange: boolean
  /** fanout, topic, direct, headers; null where it is no exchange or unknown. */
  readonly exchangeType: string | null
  /** classic, quorum, stream; null where it is no queue or unknown. */
  readonly queueType: string | null
  /** Null while unknown. */
  readonly durable: boolean | null
  /** Its companion for dead letters or for what no binding took. */
  readonly helper: Helper | null
  readonly fate: Fate
  declare(spec: DestinationSpec): Promise<Declared>
  /** Declares it anew when it is gone. */
  ensure(occasion: Occasion): Promise<Found>
  /** Deletes what was made for it; `keep`: but not itself. */
  remove(keep: boolean): Promise<void>
}

export interface KeptTools {
  control: Control
  management: Management
  report: Report
  log: DriverLog
}

export interface Report {
  /** It was gone and was declared anew. */
  lost(address: string, code: 'queue-lost' | 'exchange-lost', text: string): void
  refused(address: string, error: AppError): void
  /** Whoever was bound to it is bound no more. */
  unbound(address: string, text: string): void
}

/** What was done differently from what was asked, in one text. */
export const notesOf = (...notes: Array<string | undefined>): { note?: string } => {
  const told = notes.filter((note) => note !== undefined)
  return told.length === 0 ? {} : { note: told.join(' ') }
}
