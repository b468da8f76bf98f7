import type { DestinationView } from '#lib/ledger/model/views.ts'
import type { Facts, LogFacts } from '#lib/protocol/facts.ts'
import { type Marked, markedIn, sharedMark } from '../keep/marks-of-facts.ts'
import { unackedAgeWords } from '../words/facts.ts'

/** What the Flow shows of a store, from the broker's facts: one shape for logs and for queues that are built on a log. */

interface LogStoreFacts {
  partitions: LogFacts['partitions']
  groups: readonly Marked[]
}

/** The name of the only group of such a queue. */
const SHARED = 'the group'

export function logStoreFacts(facts: Facts | undefined): LogStoreFacts {
  if (facts?.mode === 'log') return { partitions: facts.partitions, groups: markedIn(facts) }
  if (facts?.mode !== 'queue' || facts.partitions.length === 0) return { partitions: [], groups: [] }
  return { partitions: facts.partitions, groups: [sharedMark(facts, SHARED)] }
}

/** How many messages are ready in one consumer's own queue; null where the broker does not say. */
export function readyFor(facts: Facts | undefined, consumer: string): number | null {
  if (facts?.mode !== 'fanout') return null
  return facts.waiting.find((one) => one.consumer === consumer)?.messages ?? null
}

export interface Figure {
  key: string
  value: number | null
  label: string
  bad?: boolean
}

function queueFigures(facts: Extract<Facts, { mode: 'queue' }>): Figure[] {
  const figures: Figure[] = [
    { key: 'ready', value: facts.ready, label: 'ready' },
    {
      key: 'unacked',
      value: facts.unacked,
      label: ['unacked', unackedAgeWords(facts)].filter(Boolean).join(', '),
    },
  ]
  if (facts.deadLetters) {
    figures.push({ key: 'dead', value: facts.deadLetters.ready, label: 'dead letters', bad: true })
  }
  return figures
}

/** The figures under a store. */
export function figuresOf(view: DestinationView | undefined): Figure[] {
  const facts = view?.facts?.facts
  switch (facts?.mode) {
    case undefined:
      return []
    case 'queue':
      return queueFigures(facts)
    case 'fanout':
      return [{ key: 'listening', value: facts.subscribers, label: 'listening now' }]
    case 'log':
      return facts.readers.map(({ consumer, lag }) => ({
        key: consumer,
        value: lag,
        label: `${consumer} behind`,
      }))
  }
}
