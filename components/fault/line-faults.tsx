'use client'

import { useState } from 'react'
import type { ConsumerFault, LineFault } from '#lib/protocol/faults.ts'
import { Permitted } from '../access/permitted.tsx'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { BoxTitle, Hint, Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { formatLatency } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { Popover } from '../ui/popover.tsx'
import { Segment, Segmented } from '../ui/segmented.tsx'
import { sendPoison } from './send-poison.ts'
import { useFault } from './use-fault.ts'

const LATENCIES = [
  { words: '50 ms', latencyMs: 50 },
  { words: '200 ms', latencyMs: 200 },
  { words: '1 s', latencyMs: 1_000 },
]
/** The most that a message of a load may hold. */
const OVERFLOW_MESSAGE_BYTES = 8_192

interface LineFaultsProps {
  lane: LaneRef
  consumerId: string
  name: string
}

interface Choice {
  words: string
  fault: Exclude<ConsumerFault, { kind: 'cut' }>
}

const choices = (uneven: boolean): Choice[] => [
  { words: 'Whole', fault: { kind: 'none' } },
  ...LATENCIES.map(({ words, latencyMs }) => ({
    words,
    fault: { kind: 'slow' as const, latencyMs, jitterMs: uneven ? latencyMs : 0 },
  })),
  { words: 'Frozen', fault: { kind: 'freeze' } },
]

const isChosen = (now: LineFault | undefined, { fault }: Choice): boolean =>
  fault.kind === (now?.kind ?? 'none') &&
  (fault.kind !== 'slow' || now?.kind !== 'slow' || fault.latencyMs === now.latencyMs)

function lineMeans(now: LineFault | undefined, { modeManifest }: LaneRef): string {
  if (now === undefined) return 'Nothing stands between its connections and the broker.'
  if (now.kind === 'freeze')
    return `No byte passes, and the connection stays open. ${modeManifest.whenFrozen}`
  const uneven = now.jitterMs > 0 ? ', and up to as much again at random' : ''
  return `Every byte takes ${formatLatency(now.latencyMs)}, each way${uneven}. What waits for an answer takes twice as long.`
}

function LineBox({ lane, consumerId, name }: LineFaultsProps) {
  const feed = useFeed()
  const { manifest, modeManifest, destination } = lane
  useSlice(({ views }) => JSON.stringify(views.pane(consumerId)?.consumer.fault))
  const now = feed.views.pane(consumerId)?.consumer.fault
  const { isBusy, refused, make } = useFault(manifest.label)
  const [uneven, setUneven] = useState(now?.kind === 'slow' && now.jitterMs > 0)
  const set = (fault: ConsumerFault) =>
    make(() => feed.command('consumer:fault', { consumer: consumerId, fault }))
  const { overflowsAfterBytes, can, lacks, consumerNoun, whenPoisoned = '' } = modeManifest
  const [unsent, setUnsent] = useState('')
  const overflow = async (bytes: number) => {
    if (!(await set({ kind: 'freeze' }))) return
    const count = Math.ceil(bytes / OVERFLOW_MESSAGE_BYTES)
    const load = { system: manifest.id, destination, rate: 0, count, size: OVERFLOW_MESSAGE_BYTES }
    await make(() => feed.command('load:start', load))
  }
  return (
    <>
      <BoxTitle>The line of {name}</BoxTitle>
      <Permitted command="consumer:fault">
        <Segmented wide role="radiogroup" aria-label={`Line of ${name}`}>
          {choices(uneven).map((choice) => (
            <Segment
              key={choice.words}
              role="radio"
              tight
              chosen={isChosen(now, choice)}
              disabled={isBusy}
              onClick={() => void set(choice.fault)}
            >
              {choice.words}
            </Segment>
          ))}
        </Segmented>
        <Hint role="status">{lineMeans(now, lane)}</Hint>
        <label className="flex items-center gap-2 text-sm">
          <input type="checkbox" checked={uneven} onChange={({ target }) => setUneven(target.checked)} />A
          slow line is uneven: up to as much again, at random
        </label>
        <div className="grid justify-items-start gap-1 border-t pt-3">
          <Button size="sm" look="danger" disabled={isBusy} onClick={() => void set({ kind: 'cut' })}>
            Cut the line of {name}
          </Button>
          <Hint>Its connections are reset, as a network does it, and it comes back by itself.</Hint>
        </div>
        <div className="grid justify-items-start gap-1">
          <Button
            size="sm"
            look="danger"
            disabled={isBusy || !can.poison}
            onClick={async () => setUnsent(await sendPoison(feed, lane))}
          >
            Send a poison message
          </Button>
          <Hint>
            {can.poison
              ? `To ${destination}: processing it always fails, here and at every other ${consumerNoun}. ${whenPoisoned}`
              : lacks.poison}
          </Hint>
          {unsent !== '' && <Refusal>{unsent}</Refusal>}
        </div>
        {overflowsAfterBytes !== undefined && (
          <div className="grid justify-items-start gap-1">
            <Button
              size="sm"
              look="danger"
              disabled={isBusy}
              onClick={() => void overflow(overflowsAfterBytes)}
            >
              Fill its output buffer
            </Button>
            <Hint>
              Freezes its line and publishes {Math.round(overflowsAfterBytes / 1_048_576)} MB to {destination}
              . The others receive them all.
            </Hint>
          </div>
        )}
      </Permitted>
      <Hint>
        The first fault puts a proxy of ours in between: {name} leaves, and joins again through it, once.
      </Hint>
      {refused !== '' && <Refusal>{refused}</Refusal>}
    </>
  )
}

/** Slows, freezes or cuts the line between a consumer and its broker. */
export const LineFaults = (props: LineFaultsProps) => (
  <Popover
    buttonStyle={{ size: 'sm' }}
    className="w-85"
    label={`Faults on the line of ${props.name}`}
    align="end"
    button={
      <>
        <Icon name="crash" />
        Faults
      </>
    }
  >
    {() => <LineBox {...props} />}
  </Popover>
)
