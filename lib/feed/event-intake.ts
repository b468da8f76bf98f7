import type { Ledger } from '#lib/ledger/ledger.ts'
import type { Position } from '#lib/protocol/command-schemas.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { HISTORY_MAX_EVENTS } from '#lib/protocol/limits.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'

interface Page {
  events: RoomEvent[]
  seq: number
  epoch: string
}

export interface EventIntakeOptions {
  ledger: Ledger
  /** Requests one page after a position; null when it could not be had. */
  fetchPage(since: Position): Promise<Page | null>
  /** These were applied, live ones or missed ones. */
  onEvents(events: readonly RoomEvent[]): void
  /** Live events were applied. */
  onApplied(): void
  /** Missed events are being read: `missing` is how many are known to lie ahead. */
  onProgress(missing: number): void
  /** Every event up to now is in the ledger. */
  onLive(): void
  /** The same after `behind`: live events begin with the next join. */
  onCaughtUp(): void
  /** The room has to be joined again: what the server sends does not follow on from the ledger. */
  onLost(): void
}

/** One visit lasts from a join to the next; a page that belongs to an earlier visit is dropped. */
type Visit = {
  reading: boolean
  /** Live events that came while pages are being read. */
  waiting: RoomEvent[]
  /** The server sends no live events any more: once caught up, the room has to be joined again. */
  behind: boolean
}

/**
 * Applies a room's events to the ledger without loss, duplicate or disorder: where live batches do not follow on from
 * what is there, it reads pages of history.
 */
export class EventIntake {
  readonly #options: EventIntakeOptions
  #visit: Visit | null = null

  constructor(options: EventIntakeOptions) {
    this.#options = options
  }

  /** A join was answered: applies the snapshot, then reads everything that was missed. */
  begin(snapshot: RoomSnapshot): void {
    const { ledger, onProgress } = this.#options
    const from =
      ledger.epoch === null ? { epoch: snapshot.epoch, seq: 0 } : { epoch: ledger.epoch, seq: ledger.seq }
    ledger.reset(snapshot)
    const visit: Visit = { reading: true, waiting: [], behind: false }
    this.#visit = visit
    onProgress(Math.max(0, snapshot.seq - ledger.seq))
    this.#read(visit, from)
  }

  /** A live batch came. */
  take(events: readonly RoomEvent[]): void {
    if (this.#visit?.reading) this.#keepWaiting(this.#visit, events)
    else if (this.#visit) this.#takeLive(this.#visit, events)
  }

  /** The server stopped sending live events, because they were not taken fast enough. */
  fallBehind(): void {
    const visit = this.#visit
    const { ledger } = this.#options
    if (!visit) return
    visit.behind = true
    if (!visit.reading && ledger.epoch !== null) this.#read(visit, { epoch: ledger.epoch, seq: ledger.seq })
  }

  /** Ends the visit: the connection is lost. */
  stop(): void {
    this.#visit = null
  }

  /** Returns whether the ledger did not have it yet. */
  #apply(event: RoomEvent): boolean {
    const { ledger } = this.#options
    const before = ledger.version
    ledger.apply(event)
    return ledger.version !== before
  }

  /** Applies what follows on, and returns the rest, from the first missing number on. */
  #follow(events: readonly RoomEvent[]): readonly RoomEvent[] {
    const { ledger, onEvents } = this.#options
    const applied: RoomEvent[] = []
    let index = 0
    for (; index < events.length; index += 1) {
      const event = events[index]
      if (!event || event.epoch !== ledger.epoch || event.seq > ledger.seq + 1) break
      if (this.#apply(event)) applied.push(event)
    }
    onEvents(applied)
    return events.slice(index)
  }

  #read(visit: Visit, from: Position): void {
    visit.reading = true
    this.#catchUp(visit, from).catch((error: unknown) => {
      // An event that cannot be applied is a bug of ours: it is thrown where a page's errors are reported.
      queueMicrotask(() => {
        throw error
      })
    })
  }

  async #catchUp(visit: Visit, from: Position): Promise<void> {
    const { ledger, fetchPage, onEvents, onProgress, onLive, onCaughtUp, onLost } = this.#options
    let since = from
    for (;;) {
      const page = await fetchPage(since)
      if (this.#visit !== visit) return
      const before = ledger.seq
      if (page?.epoch === ledger.epoch) onEvents(page.events.filter((event) => this.#apply(event)))
      if (page?.epoch !== ledger.epoch || (ledger.seq < page.seq && ledger.seq === before)) {
        onLost()
        return
      }
      if (ledger.seq >= page.seq) {
        visit.waiting = [...this.#follow(visit.waiting)]
        if (visit.waiting.length === 0) break
      }
      onProgress(Math.max(0, page.seq - ledger.seq))
      since = { epoch: page.epoch, seq: ledger.seq }
    }
    visit.reading = false
    if (visit.behind) onCaughtUp()
    else onLive()
  }

  #keepWaiting(visit: Visit, events: readonly RoomEvent[]): void {
    // More than the server itself keeps: pages will bring what is dropped here.
    if (visit.waiting.length + events.length > HISTORY_MAX_EVENTS) visit.waiting = []
    else for (const event of events) visit.waiting.push(event)
  }

  #takeLive(visit: Visit, events: readonly RoomEvent[]): void {
    const { ledger, onProgress, onLost, onApplied } = this.#options
    const beyond = this.#follow(events)
    if (beyond.length > 0 && beyond[0]?.epoch === ledger.epoch) {
      visit.waiting = [...beyond]
      onProgress(beyond.length)
      this.#read(visit, { epoch: ledger.epoch, seq: ledger.seq })
    } else if (beyond.length > 0) onLost()
    else onApplied()
  }
}
