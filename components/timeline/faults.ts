'use client'

import { useEffect, useState } from 'react'
import { manifestOf } from '#lib/brokers/catalog.ts'
import type { Manifest } from '#lib/brokers/contract.ts'
import type { LedgerViews } from '#lib/ledger/model/ledger-views.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { faultWords, madeWords } from '../words/faults.ts'
import type { Chart } from './chart.ts'
import { effectsOf } from './fault-effects.ts'
import type { TimelineLog } from './log.ts'
import { type FaultSpan, isFault } from './spans.ts'

/** One fault that somebody made, with its cause and effects in words. */
export interface FaultEntry {
  span: FaultSpan
  manifest: Manifest
  words: string
}

/** How many of the newest faults are listed. */
const LISTED_MAX = 40
/** How often those that go on are counted anew, milliseconds. */
const REFRESH_EVERY_MS = 1_000

/** Words that change no more. */
const final = new WeakMap<FaultSpan, string>()

/** The fault's cause and effects up to now. */
function wordsOf(span: FaultSpan, label: string, log: TimelineLog, views: LedgerViews, now: number): string {
  const known = final.get(span)
  const { made, consumer, destination, text } = span.event
  if (known !== undefined || made === undefined) return known ?? text
  // What comes of a message shows by its own marks.
  if (made.what === 'poison' || made.what === 'skip') return madeWords(made, consumer ?? destination ?? label)
  const effects = effectsOf(span, log, views, now)
  const words = faultWords(made, label, consumer, effects)
  if (effects.isFinal) final.set(span, words)
  return words
}

function entriesOf(chart: Chart, views: LedgerViews, now: number): FaultEntry[] {
  const { log } = chart.frame
  return log.spans
    .filter(isFault)
    .slice(-LISTED_MAX)
    .flatMap((span) => {
      const manifest = manifestOf(span.event.system ?? '')
      return manifest ? [{ span, manifest, words: wordsOf(span, manifest.label, log, views, now) }] : []
    })
}

const isSame = (a: readonly FaultEntry[], b: readonly FaultEntry[]): boolean =>
  a.length === b.length &&
  a.every(({ span, words }, index) => b[index]?.span === span && b[index]?.words === words)

/** The faults that somebody made, oldest first, renewed as their effects become known. */
export function useFaults(chart: Chart | null): readonly FaultEntry[] {
  const feed = useFeed()
  const [entries, setEntries] = useState<readonly FaultEntry[]>([])
  useEffect(() => {
    if (!chart) return undefined
    const refresh = () => {
      const next = entriesOf(chart, feed.views, feed.now())
      setEntries((before) => (isSame(before, next) ? before : next))
    }
    refresh()
    const timer = setInterval(refresh, REFRESH_EVERY_MS)
    const unsubscribe = feed.onEvents((events) => {
      if (events.some(({ kind }) => kind === 'fault')) refresh()
    })
    return () => {
      clearInterval(timer)
      unsubscribe()
    }
  }, [chart, feed])
  return entries
}
