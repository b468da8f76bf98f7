import { createLedger, type Ledger } from '#lib/ledger/ledger.ts'
import type { Counts } from '#lib/protocol/counts.ts'
import { isLifeEvent, type LifeEvent, type RoomEvent, type Standing } from '#lib/protocol/events.ts'
import type { CarriedContent } from './message-content.ts'

/** Only counts are asked of this ledger: of all but the newest messages it remembers a few bytes. */
const LIMITS = { rowsPerPane: 64, messages: 1_000, arrivalsPerLife: 16, notices: 1, recent: 1 }

const UNCOUNTED = ['bytes', 'key', 'headers', 'fields'] as const

/**
 * Counts the events that history has dropped, as screens count those that they see: whoever comes later, or was too slow,
 * gets the figures although the events are gone. A room whose history holds everything pays nothing for it.
 */
export class DroppedCounts {
  private readonly ledger: Ledger

  constructor(limits: Partial<typeof LIMITS> = {}) {
    this.ledger = createLedger({ ...LIMITS, ...limits })
  }

  /** `content`: that of the event's message, which rides on another of its events. */
  take(event: RoomEvent, content: CarriedContent | null): void {
    this.ledger.apply(isLifeEvent(event) ? this.countable(event, content) : event)
  }

  counts(): Counts {
    return this.ledger.counts()
  }

  /** Where the message of an event counted by the dropped events; undefined where none of them was about it. */
  standingOf(event: LifeEvent, number: number): Standing | undefined {
    return this.ledger.standingOf(event, number) ?? undefined
  }

  /**
   * With the message's number where the ledger may have let go of it, and without body, key, headers and fields, on
   * which no count depends.
   */
  private countable(event: LifeEvent, content: CarriedContent | null): LifeEvent {
    const isKnown = event.number === undefined && (content === null || this.ledger.holds(event.messageId))
    if (isKnown) return event
    const counted: LifeEvent = { ...content, ...event, text: '' }
    for (const field of UNCOUNTED) if (counted[field] !== undefined) delete counted[field]
    return counted
  }
}
