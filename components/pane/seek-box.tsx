'use client'

import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { PaneView } from '#lib/ledger/model/views.ts'
import type { Seek } from '#lib/protocol/commands.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { useLaneNumbers } from '../feed/use-lane.ts'
import { movedWords, positionWords, scrubWords, timeWords } from '../words/seek.ts'
import { namesEntries, partitionCount, type SeekPlace, seekPlaces } from './seek-places.ts'
import { useVerbs } from './use-verbs.ts'

/** A hand that stops moving has arrived. */
const APPLY_AFTER_MS = 400

type Move = (to: Seek, words: string) => void

interface ScrubProps {
  name: string
  place: SeekPlace
  several: boolean
  onMove: Move
}

/** The kept part of one partition, from the oldest to the end, and the place where the reader is. */
function Scrub({ name, place, several, onMove }: ScrubProps) {
  const { partition, low, end, next } = place
  const [wish, setWish] = useState<number | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const value = Math.min(end, Math.max(low, wish ?? next ?? end))
  const words = { partition, several }

  function onChange(offset: number) {
    setWish(offset)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      onMove(
        { to: 'offset', offset: String(offset), ...(several ? { partition } : {}) },
        positionWords(words, offset),
      )
      setWish(null)
    }, APPLY_AFTER_MS)
  }

  return (
    <div className="scrub">
      <span className="scrub-ends">
        {several && <b className="mono">p{partition}</b>}
        <span className="mono">{low}</span>
        <input
          type="range"
          aria-label={several ? `Position of ${name} in p${partition}` : `Position of ${name}`}
          aria-valuetext={scrubWords(words, value, low, end)}
          min={low}
          max={end}
          value={value}
          disabled={end <= low}
          onChange={(event) => onChange(event.target.valueAsNumber)}
        />
        <span className="mono">{end}</span>
      </span>
      <span className="hint">{scrubWords(words, value, low, end)}</span>
    </div>
  )
}

/** `2026-11-26T10:24:18`, local, as the field wants it. */
function localNow(): string {
  const now = new Date()
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}

const ENTRY = /^\d{1,20}(-\d{1,20})?$/

function Typed({ onMove, entries }: { onMove: Move; entries: boolean }) {
  const [offset, setOffset] = useState('')
  const [time, setTime] = useState(localNow)
  const at = Date.parse(time)
  function go(event: FormEvent) {
    event.preventDefault()
    if (ENTRY.test(offset)) onMove({ to: 'offset', offset }, offset)
  }
  function goToTime(event: FormEvent) {
    event.preventDefault()
    if (Number.isFinite(at)) onMove({ to: 'time', at }, timeWords(at))
  }
  return (
    <>
      <form className="flex items-end gap-2" onSubmit={go}>
        <label className="min-w-0 flex-1 font-mid text-sm">
          {entries ? 'Entry' : 'Offset'}
          <input
            className="input mono"
            inputMode="numeric"
            placeholder={entries ? '1732620000000-0' : '0'}
            value={offset}
            onChange={(event) => setOffset(event.target.value.trim())}
          />
        </label>
        <button type="submit" className="btn sm h-control" disabled={!ENTRY.test(offset)}>
          Go there
        </button>
      </form>
      <form className="flex items-end gap-2" onSubmit={goToTime}>
        <label className="min-w-0 flex-1 font-mid text-sm">
          Time
          <input
            className="input"
            type="datetime-local"
            step="1"
            value={time}
            onChange={(event) => setTime(event.target.value)}
          />
        </label>
        <button type="submit" className="btn sm h-control" disabled={!Number.isFinite(at)}>
          Go then
        </button>
      </form>
    </>
  )
}

interface SeekBoxProps {
  lane: LaneRef
  pane: PaneView
}

/** Moves the place where one reader reads: over the log with a bar, to an end, to an offset, to a time. */
export function SeekBox({ lane, pane }: SeekBoxProps) {
  const { consumer } = pane
  useLaneNumbers(lane)
  useSlice(({ views }) => views.pane(consumer.id)?.partitions.join(' '))
  const feed = useFeed()
  const facts = feed.views.destination(lane.manifest.id, lane.destination)?.facts?.facts
  const places = seekPlaces(facts, consumer, feed.views.pane(consumer.id)?.partitions ?? [])
  const entries = namesEntries(facts)
  const verbs = useVerbs(lane, consumer.id)
  const [moved, setMoved] = useState('')

  async function move(seek: Seek, words: string) {
    setMoved('')
    if (await verbs.run('seek', { seek })) setMoved(movedWords(words))
  }

  return (
    <>
      <h3 className="box-title">Where {consumer.name} reads</h3>
      {places.map((place) => (
        <Scrub
          key={place.partition}
          name={consumer.name}
          place={place}
          several={partitionCount(facts) > 1}
          onMove={(seek, words) => void move(seek, words)}
        />
      ))}
      <div className="acts">
        <button type="button" className="btn sm" onClick={() => void move({ to: 'earliest' }, 'the start')}>
          From the start
        </button>
        <button type="button" className="btn sm" onClick={() => void move({ to: 'latest' }, 'the end')}>
          To the end
        </button>
      </div>
      <Typed onMove={(seek, words) => void move(seek, words)} entries={entries} />
      {verbs.problem ? (
        <p className="refused" role="alert">
          {verbs.problem}
        </p>
      ) : (
        <p className="hint" role="status">
          {moved || 'What was read before is read again; rows repeat.'}
        </p>
      )}
    </>
  )
}
