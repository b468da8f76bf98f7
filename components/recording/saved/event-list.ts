import { manifestOf } from '#lib/brokers/catalog.ts'
import type { LedgerViews } from '#lib/ledger/model/ledger-views.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { Evidence } from '#lib/protocol/names.ts'
import type { Destination } from '#lib/protocol/room.ts'
import { statusWord } from '../../words/brokers.ts'
import { timelineWords } from '../../words/timeline.ts'

/** One event as the page lists it. */
export interface ListedEvent {
  /** Its position in the recording, from 1. */
  position: number
  at: number
  system: string | null
  words: string
  evidence: Evidence
}

const DESTINATION_STATES: Record<Destination['state'], string> = {
  declared: 'is there',
  pending: 'waits for its broker',
  refused: 'was refused',
  gone: 'was deleted on its broker',
}

function destinationWords({ now, destination }: Extract<RoomEvent, { kind: 'destination' }>): string {
  if (!now) return `${destination} was removed`
  const { state, note } = now
  const how = DESTINATION_STATES[state]
  return `${destination} ${how}${note ? `: ${note}` : ''}`
}

/** Null for periodic events, which are not listed: facts, people, counts of a load and of votes. */
function wordsOf(event: RoomEvent, label: string, views: LedgerViews): string | null {
  switch (event.kind) {
    case 'facts':
    case 'people':
    case 'load':
    case 'vote':
      return null
    case 'broker': {
      const reason = event.now.reason?.text
      return `${label} is ${statusWord(event.now)}${reason ? `: ${reason}` : ''}`
    }
    case 'destination':
      return destinationWords(event)
    case 'fault':
      return `Trouble: ${event.text}`
    default: {
      const number = 'messageId' in event ? (views.message(event.messageId)?.number ?? null) : null
      return timelineWords(event, label, number)
    }
  }
}

/** The events in order, in words. */
export function listEvents(events: readonly RoomEvent[], views: LedgerViews): ListedEvent[] {
  return events.flatMap((event, index) => {
    const system = 'system' in event ? (event.system ?? null) : null
    const label = system === null ? 'The dashboard' : (manifestOf(system)?.label ?? system)
    const words = wordsOf(event, label, views)
    if (words === null) return []
    return [{ position: index + 1, at: event.at, system, words, evidence: event.evidence }]
  })
}
