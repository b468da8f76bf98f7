'use client'

import { type FormEvent, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import {
  LOAD_COUNT_MAX,
  LOAD_KEYS_MAX,
  LOAD_RATE_MAX_PER_SECOND,
  TEXT_MAX_BYTES,
} from '#lib/protocol/limits.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { BoxTitle, Hint, Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { Input } from '../ui/field.tsx'
import { Icon } from '../ui/icon.tsx'
import { Popover } from '../ui/popover.tsx'
import { errorWords } from '../words/errors.ts'
import { loadStateWords, loadWords } from '../words/loads.ts'
import { SETTING } from './settings-form.tsx'

/** Enough to see a broker at work, over within seconds. */
const START = { rate: 500, count: 5_000, size: 64, keys: 0 }
type Wish = typeof START

const FIELDS: ReadonlyArray<{ name: keyof Wish; label: string; hint: string; min: number; max: number }> = [
  {
    name: 'rate',
    label: 'Messages a second',
    hint: '0 = as fast as the broker confirms',
    min: 0,
    max: LOAD_RATE_MAX_PER_SECOND,
  },
  { name: 'count', label: 'How many', hint: 'It ends by itself after these', min: 1, max: LOAD_COUNT_MAX },
  { name: 'size', label: 'Size', hint: 'Bytes of text in each', min: 1, max: TEXT_MAX_BYTES },
  { name: 'keys', label: 'Keys', hint: 'Different keys, in turn; 0 = none', min: 0, max: LOAD_KEYS_MAX },
]

function loadSignature(feed: Feed, system: string): string {
  const load = feed.views.load(system)
  return load ? `${load.id} ${load.state} ${load.sent} ${load.confirmed} ${load.failed} ${load.seen}` : ''
}

/** How far the newest load has come, in a bar and in numbers. */
function Progress({ lane }: { lane: LaneRef }) {
  useSlice((feed) => loadSignature(feed, lane.manifest.id), 'calm')
  const load = useFeed().views.load(lane.manifest.id)
  if (!load) return null
  return (
    <div className="grid gap-1 text-sm" data-load={load.state}>
      <progress
        className="h-2 w-full appearance-none overflow-hidden rounded-1 bg-hover [&::-moz-progress-bar]:bg-ink [&::-webkit-progress-bar]:bg-hover [&::-webkit-progress-value]:bg-ink"
        aria-label={`Load on ${lane.manifest.label}`}
        max={load.count}
        value={load.confirmed + load.failed}
      />
      <p>{loadWords(load)}</p>
      <Hint className="mt-1" role="status">
        {loadStateWords(load)}
        {load.destination !== lane.destination && `, on ${load.destination}`}
      </Hint>
    </div>
  )
}

function LoadForm({ lane }: { lane: LaneRef }) {
  const feed = useFeed()
  const { id: system, label } = lane.manifest
  const [wish, setWish] = useState(START)
  const [problem, setProblem] = useState('')
  const running = useSlice(({ views }) => views.load(system)?.state === 'running')
  const takesKey = lane.modeManifest.can.key !== null

  async function toggle(event: FormEvent) {
    event.preventDefault()
    const { keys, ...rest } = wish
    const reply = running
      ? await feed.command('load:stop', { system })
      : await feed.command('load:start', {
          system,
          destination: lane.destination,
          ...rest,
          ...(takesKey ? { keys } : {}),
        })
    setProblem(reply.ok ? '' : errorWords(reply.code, { label, ...reply }))
  }

  return (
    <form className="grid gap-3" onSubmit={toggle}>
      <BoxTitle>Load on {lane.destination}</BoxTitle>
      {FIELDS.filter(({ name }) => name !== 'keys' || takesKey).map(
        ({ name, label: words, hint, min, max }) => (
          <div key={name} className={SETTING}>
            <label className="font-mid text-sm" htmlFor={`load-${system}-${name}`}>
              {words}
            </label>
            <Input
              id={`load-${system}-${name}`}
              narrow
              type="number"
              aria-describedby={`load-${system}-${name}-hint`}
              min={min}
              max={max}
              value={wish[name]}
              disabled={running}
              onChange={(event) => setWish({ ...wish, [name]: event.target.valueAsNumber || 0 })}
            />
            <Hint className="col-span-full mt-0.5" id={`load-${system}-${name}-hint`}>
              {hint}
            </Hint>
          </div>
        ),
      )}
      <Progress lane={lane} />
      {problem && <Refusal>{problem}</Refusal>}
      <Button type="submit" look={running ? 'plain' : 'solid'}>
        {running ? 'Stop the load' : 'Start the load'}
      </Button>
    </form>
  )
}

/** The load generator inside the server, for this lane: so many messages at such a rate, and what became of them. */
export function LoadButton({ lane }: { lane: LaneRef }) {
  const running = useSlice(({ views }) => views.load(lane.manifest.id)?.state === 'running')
  return (
    <Popover
      buttonStyle={{ look: running ? 'busy' : 'quiet', size: 'sm', square: true }}
      className="w-85"
      label={running ? `Load on ${lane.manifest.label}: running` : `Load on ${lane.manifest.label}`}
      title={running ? 'A load is running' : 'Load: many messages at a rate'}
      button={<Icon name="load" />}
    >
      {() => <LoadForm lane={lane} />}
    </Popover>
  )
}
