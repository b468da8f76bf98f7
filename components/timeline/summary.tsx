'use client'

import { useEffect, useState } from 'react'
import { useFeed } from '../feed/feed-context.tsx'
import { isEmptyPlace } from '../feed/lane-ref.ts'
import { plural } from '../ui/format.ts'
import type { Chart } from './chart.ts'
import type { MarkKind } from './marks.ts'
import type { Row } from './rows.ts'
import { type TracedRow, tracedRows } from './traced.ts'

/** How often the list is renewed, milliseconds: it is read by screen readers, not watched. */
const REFRESH_EVERY_MS = 1_000

const NOUNS: Record<MarkKind, string> = {
  published: 'publish',
  failed: 'failed send',
  delivered: 'delivery',
  redelivered: 'redelivery',
  acknowledged: 'ack',
  requeued: 'give-back',
  rejected: 'rejection',
  committed: 'commit',
  ended: 'end',
  crashed: 'crash',
  state: 'change of state',
  assignment: 'share-out',
  gap: 'gap',
  fault: 'fault',
}

function words(
  row: Row,
  kinds: ReadonlyMap<MarkKind, number> | undefined,
  traced: TracedRow | undefined,
): string {
  if (isEmptyPlace(row.ref)) return `${row.ref.manifest.label}: no destination`
  const name = row.consumer ?? `${row.ref.manifest.label} ${row.ref.destination}`
  const parts = kinds ? Array.from(kinds, ([kind, count]) => countWords(count, NOUNS[kind])) : ['nothing']
  const rest = traced ? `. The followed message: ${traced.whole}` : ''
  return `${name}: ${parts.join(', ')}${rest}`
}

function countWords(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`
  if (noun.endsWith('y')) return `${count} ${noun.slice(0, -1)}ies`
  if (noun.endsWith('sh')) return `${count} ${noun}es`
  if (noun.startsWith('change')) return `${count} changes of state`
  return plural(count, noun)
}

/** The events in the window, row by row, for screen readers. */
export function Summary({ chart, rows }: { chart: Chart | null; rows: readonly Row[] }) {
  const feed = useFeed()
  const [lines, setLines] = useState<readonly string[]>([])
  useEffect(() => {
    if (!chart) return undefined
    const refresh = () => {
      const counts = chart.counts()
      const { messageId } = feed.trace
      const traced = messageId !== null && chart.isShown(messageId) ? tracedRows(feed) : null
      setLines((before) => {
        const next = rows.map((row) => words(row, counts.get(row.key), traced?.get(row.key)))
        return next.join('|') === before.join('|') ? before : next
      })
    }
    refresh()
    const timer = setInterval(refresh, REFRESH_EVERY_MS)
    return () => clearInterval(timer)
  }, [chart, rows, feed])
  return (
    <ul className="vh" aria-label="In the window">
      {lines.map((line, index) => (
        <li key={rows[index]?.key ?? line}>{line}</li>
      ))}
    </ul>
  )
}
