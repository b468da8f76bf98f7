'use client'

import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { PaneView } from '#lib/ledger/model/views.ts'
import type { Seek } from '#lib/protocol/command-schemas.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { useLaneNumbers } from '../feed/use-lane.ts'
import { BoxTitle, Hint, Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { Input } from '../ui/field.tsx'
import { movedWords, positionWords, scrubWords, timeWords } from '../words/seek.ts'
import { namesEntries, partitionCount, type SeekPlace, seekPlaces } from './seek-places.ts'
import { useVerbs } from './use-verbs.ts'

/** The reader moves once the slider has rested so long: each position that it passes would be a seek of its own. */
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
    <div className="grid gap-0.5">
      <span className="flex items-center gap-2 text-ink-2 fs-xs">
        {several && <b className="mono text-ink">p{partition}</b>}
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
      <Hint as="span">{scrubWords(words, value, low, end)}</Hint>
    </div>
  )
}

/** `2026-11-26T10:24:18`, local, as the field wants it. */
function localNow(): string {
  const now = new Date()
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}

const ENTRY = /^\d{1,20}(-\d{1,20})?$/

/** As high as the field before it. */
const GO = 'h-control flex-none rounded-1 px-2.5 fs-sm present:rounded-2'

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
          <Input
            className="mono"
            inputMode="numeric"
            placeholder={entries ? '1732620000000-0' : '0'}
            value={offset}
            onChange={(event) => setOffset(event.target.value.trim())}
          />
        </label>
        <Button type="submit" size="own" className={GO} disabled={!ENTRY.test(offset)}>
          Go there
        </Button>
      </form>
      <form className="flex items-end gap-2" onSubmit={goToTime}>
        <label className="min-w-0 flex-1 font-mid text-sm">
          Time
          <Input
            type="datetime-local"
            step="1"
            value={time}
            onChange={(event) => setTime(event.target.value)}
          />
        </label>
        <Button type="submit" size="own" className={GO} disabled={!Number.isFinite(at)}>
          Read from then
        </Button>
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
      <BoxTitle>Where {consumer.name} reads</BoxTitle>
      {places.map((place) => (
        <Scrub
          key={place.partition}
          name={consumer.name}
          place={place}
          several={partitionCount(facts) > 1}
          onMove={(seek, words) => void move(seek, words)}
        />
      ))}
      <div className="flex items-center gap-2">
        <Button size="sm" onClick={() => void move({ to: 'earliest' }, 'the start')}>
          From the start
        </Button>
        <Button size="sm" onClick={() => void move({ to: 'latest' }, 'the end')}>
          To the end
        </Button>
      </div>
      <Typed onMove={(seek, words) => void move(seek, words)} entries={entries} />
      {verbs.problem ? (
        <Refusal>{verbs.problem}</Refusal>
      ) : (
        <Hint role="status">{moved || 'What was read before is read again; rows repeat.'}</Hint>
      )}
    </>
  )
}
