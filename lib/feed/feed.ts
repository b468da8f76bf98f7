import type { LedgerViews } from '#lib/ledger/model/ledger-views.ts'
import type { CommandInput, CommandName, CommandOutput } from '#lib/protocol/command-table.ts'
import type { Reply } from '#lib/protocol/errors.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'
import type { You } from '#lib/protocol/you.ts'
import type { Frames } from './change-counter.ts'

/** Why there is no entry: no token, one that has ended or was not made here, one for another room, or a presenter's removal. */
export type NoEntry = 'code' | 'ended' | 'other-room' | 'removed' | 'full'

/** The browser's connection to the room on the server. */
export type ConnectionState =
  | { state: 'connecting'; since: number }
  /** Every event up to now is here. */
  | { state: 'live' }
  /** Connected, reading what was missed. */
  | { state: 'catching-up'; missing: number }
  | { state: 'offline'; since: number; tries: number }
  /** The page is of another version than the server. */
  | { state: 'reload' }
  | { state: 'no-room'; room: string }
  /** The room takes a code that this browser has not given, or a presenter has put this person out. */
  | { state: 'no-entry'; why: NoEntry }

/**
 * Why a send is held. `broker-down` and `offline` go out by themselves, once, in order, when the broker or the
 * connection is back. The other two wait for `sendAgain` or `discard`: `unconfirmed` was sent to a server that ended
 * before it answered, so it may have gone out; `refused` was refused when it was sent.
 */
export type HeldReason = 'broker-down' | 'offline' | 'unconfirmed' | 'refused'

/** A send that this browser keeps in plain sight because its broker is away; goes out once when it is back. */
export interface HeldSend {
  id: string
  number: number | null
  system: SystemId
  destination: string
  text: string
  heldAt: number
  why: HeldReason
  /** The code of the server's refusal; with `why: 'refused'` only. */
  code: string | null
}

/** A send the server refused, to be shown beside its composer with the text kept. */
export interface RefusedSend {
  system: SystemId | 'all'
  code: string
  text: string
  retryAfterMs?: number
  detail?: Record<string, string | number | boolean>
}

export interface SendRequest {
  to: Array<{ system: SystemId; destination?: string }>
  text: string
  key?: string
  headers?: Record<string, string>
  /** What the modes' `messageSettings` offer for one message. */
  settings?: Settings
}

/** `sent`: at least one system took it. */
export type SendResult =
  | { state: 'sent'; id: string; number: number; held: SystemId[]; refused: RefusedSend[] }
  | { state: 'held'; id: string; number: number | null; held: SystemId[]; refused: RefusedSend[] }
  | { state: 'refused'; refused: RefusedSend[] }

/** The one message all views point out. `pinned`: a person chose it; it stays until released. */
export interface Trace {
  messageId: string | null
  pinned: boolean
  since: number
}

/**
 * The browser side of one room: socket, ledger, outbox and trace behind one change counter.
 * Listeners run at most once per animation frame. `close` ends the socket and every timer.
 */
export interface Feed {
  readonly views: LedgerViews
  readonly connection: ConnectionState
  readonly held: readonly HeldSend[]
  readonly trace: Trace
  readonly me: { id: string; name: string; colour: number }
  /** What this person may do here; null where everybody may do everything. */
  readonly rights: You | null
  /** Rises at most once per frame, whenever anything above has changed. */
  readonly version: number
  subscribe(listener: () => void): () => void
  /**
   * The moment from which ages and countdowns are counted, Unix time in milliseconds: the server's time, learnt from what
   * it sends, whatever this computer's date is; in a recording the moment shown.
   */
  now(): number
  /**
   * Reports every event that came, in order and after it is in the views: each live batch and each page of history at
   * once, without waiting for a frame. For drawing motion and for recording.
   */
  onEvents(listener: (events: readonly RoomEvent[]) => void): () => void
  /** Shown from a recording: nothing can be sent or changed. */
  readonly recorded?: true
  /** Shown as the server drew it, which does not know in which time zone its pages are read. */
  readonly drawnByServer?: true

  send(request: SendRequest): Promise<SendResult>
  /** Throws a held send away; its number stays used. */
  discard(id: string, system: SystemId): void
  /** Sends a held one now, whatever held it: the person's own decision. It stays held when that fails. */
  sendAgain(id: string, system: SystemId): void
  command<C extends CommandName>(name: C, input: CommandInput<C>): Promise<Reply<CommandOutput<C>>>
  /** Points at a message until released with null. */
  pin(messageId: string | null): void
  rename(name: string, colour: number): void
  /** Connects now instead of at the next due try, and offers `broker-down` and `offline` sends now. */
  retryNow(): void
  close(): void
}

/** The part of `sessionStorage` that is used. */
export type HeldStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

export interface FeedOptions {
  room: string
  me: { id: string; name: string; colour: number }
  /** Origin of the server; the page's own when absent. */
  url?: string
  /** When listeners are called; the browser's animation frames when absent. */
  frames?: Frames
  /** Where held sends outlive a reload of the tab; `sessionStorage` when absent. */
  storage?: HeldStorage
}
