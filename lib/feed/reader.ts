import type { Ledger } from '#lib/ledger/ledger.ts'
import type { Position } from '#lib/protocol/commands.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { HISTORY_MAX_EVENTS } from '#lib/protocol/limits.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'

interface Page {
  events: RoomEvent[]
  seq: number
  epoch: string
}

/**
 * Puts a room's events into the ledger without loss, duplicate or disorder: pages fill what live batches don't follow
 * on from. One visit lasts from a join to the next; a page that belongs to an earlier visit is dropped.
 */
export interface Reader {
  /** A join was answered: takes the snapshot, then reads all that was missed. */
  begin(snapshot: RoomSnapshot): void
  /** A live batch. */
  take(events: readonly RoomEvent[]): void
  /** The server stopped sending live events, because they were not taken fast enough. */
  fallBehind(): void
  /** Ends the visit: the line is gone. */
  stop(): void
}

export interface ReaderOptions {
  ledger: Ledger
  /** One page after a position; null when it could not be had. */
  ask(since: Position): Promise<Page | null>
  /** These were applied, live ones or missed ones. */
  onEvents(events: readonly RoomEvent[]): void
  /** Live events were applied. */
  onApplied(): void
  /** Missed events are being read: `missing` is how many are known to lie ahead. */
  onProgress(missing: number): void
  /** Everything up to now is in the ledger. */
  onLive(): void
  /** The same, after `behind`: live events begin with the next join. */
  onCaughtUp(): void
  /** The room has to be joined again: what the server says doesn't follow on from what is here. */
  onLost(): void
}

type Visit = {
  reading: boolean
  /** Live events that came while pages are being read. */
  waiting: RoomEvent[]
  /** The server sends no live events any more: once caught up, the room has to be joined again. */
  behind: boolean
}

export function createReader(options: ReaderOptions): Reader {
  const { ledger, ask, onEvents, onApplied, onProgress, onLive, onCaughtUp, onLost } = options
  let visit: Visit | null = null

  /** Whether it was news to the ledger. */
  const isApplied = (event: RoomEvent): boolean => {
    const before = ledger.version
    ledger.apply(event)
    return ledger.version !== before
  }

  /** Applies what follows on. Returns what lies behind a jump. */
  const follow = (events: readonly RoomEvent[]): readonly RoomEvent[] => {
    const news: RoomEvent[] = []
    let index = 0
    for (; index < events.length; index += 1) {
      const event = events[index]
      if (!event || event.epoch !== ledger.epoch || event.seq > ledger.seq + 1) break
      if (isApplied(event)) news.push(event)
    }
    onEvents(news)
    return events.slice(index)
  }

  const catchUp = async (mine: Visit, from: Position): Promise<void> => {
    let since = from
    for (;;) {
      const page = await ask(since)
      if (visit !== mine) return
      const before = ledger.seq
      if (page?.epoch === ledger.epoch) onEvents(page.events.filter(isApplied))
      if (page?.epoch !== ledger.epoch || (ledger.seq < page.seq && ledger.seq === before)) {
        onLost()
        return
      }
      if (ledger.seq >= page.seq) {
        mine.waiting = [...follow(mine.waiting)]
        if (mine.waiting.length === 0) break
      }
      onProgress(Math.max(0, page.seq - ledger.seq))
      since = { epoch: page.epoch, seq: ledger.seq }
    }
    mine.reading = false
    if (mine.behind) onCaughtUp()
    else onLive()
  }

  const read = (mine: Visit, from: Position): void => {
    mine.reading = true
    catchUp(mine, from).catch((error: unknown) => {
      // An event that cannot be applied is a bug of ours: it is told where a page's faults are seen, not kept quiet.
      queueMicrotask(() => {
        throw error
      })
    })
  }

  const keepWaiting = (mine: Visit, events: readonly RoomEvent[]): void => {
    // More than the server itself keeps: pages will bring what is left out here.
    if (mine.waiting.length + events.length > HISTORY_MAX_EVENTS) mine.waiting = []
    else for (const event of events) mine.waiting.push(event)
  }

  const takeLive = (mine: Visit, events: readonly RoomEvent[]): void => {
    const beyond = follow(events)
    if (beyond.length > 0 && beyond[0]?.epoch === ledger.epoch) {
      mine.waiting = [...beyond]
      onProgress(beyond.length)
      read(mine, { epoch: ledger.epoch, seq: ledger.seq })
    } else if (beyond.length > 0) onLost()
    else onApplied()
  }

  return {
    begin: (snapshot) => {
      const from =
        ledger.epoch === null ? { epoch: snapshot.epoch, seq: 0 } : { epoch: ledger.epoch, seq: ledger.seq }
      ledger.reset(snapshot)
      const mine: Visit = { reading: true, waiting: [], behind: false }
      visit = mine
      onProgress(Math.max(0, snapshot.seq - ledger.seq))
      read(mine, from)
    },
    take: (events) => {
      if (visit?.reading) keepWaiting(visit, events)
      else if (visit) takeLive(visit, events)
    },
    fallBehind: () => {
      if (!visit) return
      visit.behind = true
      if (!visit.reading && ledger.epoch !== null) read(visit, { epoch: ledger.epoch, seq: ledger.seq })
    },
    stop: () => {
      visit = null
    },
  }
}
