'use client'

import { useRef } from 'react'
import type { Preview } from '#lib/brokers/contract.ts'
import type { Feed } from '#lib/feed/feed.ts'
import type { DestinationView } from '#lib/ledger/model/views.ts'
import { isConnected } from '#lib/protocol/connected.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import { Permitted } from '../access/permitted.tsx'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { useConnectionLost } from '../feed/use-lane.ts'
import { useNow } from '../feed/use-now.ts'
import { AddConsumer } from '../send/add-consumer.tsx'
import { AddDeadLetterReader } from '../send/add-dead-letter-reader.tsx'
import { BurstButton } from '../send/burst.tsx'
import { Composer } from '../send/composer.tsx'
import { HeldList } from '../send/held-list.tsx'
import { LoadButton } from '../send/load.tsx'
import { Lamp } from '../trouble/lamp.tsx'
import { formatTime } from '../ui/format.ts'
import { Glyph } from '../ui/icon.tsx'
import { useOneStop } from '../ui/roving.ts'
import { statusWord, tryWords } from '../words/brokers.ts'
import { rebalancingWords } from '../words/states.ts'
import { Aim } from './aim.tsx'

function statusDetail(status: BrokerStatus | undefined, now: number, feed: Feed): string {
  if (!status) return ''
  if (status.status === 'up') return status.address ?? ''
  if (status.status === 'blocked') return status.reason?.text ?? ''
  const tries = tryWords(status, now)
  if (tries || status.status !== 'down') return tries || (status.address ?? '')
  return feed.drawnByServer ? '' : `since ${formatTime(status.since)}`
}

function Who({ lane, view, status }: { lane: LaneRef; view?: DestinationView; status?: BrokerStatus }) {
  const isUp = status?.status === 'up'
  const now = useNow(status?.nextTryAt !== undefined && !isUp)
  const feed = useFeed()
  const broken = useConnectionLost()
  const word = broken ? 'not known' : statusWord(status)
  const rebalancing = [...(view?.rebalancing.keys() ?? [])]
  const detail =
    isUp && rebalancing.length > 0 ? rebalancingWords(rebalancing) : statusDetail(status, now, feed)
  return (
    <div className="flex min-w-0 items-center gap-3" data-part="broker">
      <Glyph manifest={lane.manifest} className="size-8 present:size-10 short:size-6 short:present:size-8" />
      <div className="min-w-0 flex-1 short:flex short:items-baseline short:gap-2">
        <h2 className="font-strong fs-lg leading-sm tracking-tight">{lane.manifest.label}</h2>
        <p className="flex items-center min-w-0 gap-1.5 whitespace-nowrap text-ink-2 text-xs">
          <Lamp word={word} />
          <span
            className={
              word === 'down' || word === 'paused' || word === 'blocked' ? 'font-strong text-bad' : undefined
            }
          >
            {word}
          </span>
          <span
            className="min-w-0 overflow-hidden text-ellipsis text-ink-3 min-700:max-1000:hidden"
            title={detail}
          >
            {detail}
          </span>
        </p>
      </div>
    </div>
  )
}

/** Keeps the place of the actions while the broker is away, so that the field above keeps its size; held messages need it. */
function Actionless({ lane }: { lane: LaneRef }) {
  const holds = useSlice(({ held }) => held.some(({ system }) => system === lane.manifest.id))
  return holds ? null : (
    <div
      className="-mb-1.5 h-tap flex-none recorded:hidden present:hidden max-700:min-h-tap"
      aria-hidden="true"
    />
  )
}

interface WriteProps {
  lane: LaneRef
  view: DestinationView | undefined
  status: BrokerStatus | undefined
  /** Where what is being written is going to go; null while nothing is. */
  onAim(aim: Preview | null): void
}

/** You write: which broker, what to say, and what can be done at its consumers' side. */
export function Write({ lane, view, status, onAim }: WriteProps) {
  const box = useRef<HTMLDivElement>(null)
  useOneStop(box, { except: 'textarea' })
  return (
    <div
      ref={box}
      className="flex min-h-0 min-w-0 flex-col gap-3 p-4 inspecting:px-3 min-700:max-1000:grid min-700:max-1000:grid-cols-[minmax(0,1fr)_auto] min-700:max-1000:grid-rows-[auto_minmax(0,1fr)_auto] min-700:max-1000:[&>:nth-child(n+3)]:col-span-2 short:gap-1.5 shorter:gap-1 short:px-3 short:py-2 max-700:row-start-2 max-700:min-h-50 max-700:border-b short:present:justify-center"
    >
      <Who lane={lane} view={view} status={status} />
      <Aim lane={lane} up={status?.status === 'up'} />
      <Composer lane={lane} onAim={onAim} />
      <HeldList lane={lane} />
      {(!status || !isConnected(status)) && <Actionless lane={lane} />}
      {status && isConnected(status) && (
        <div
          className="-mx-1.5 -mb-1.5 flex flex-none items-center has-[[role=alert]]:flex-wrap recorded:hidden present:hidden"
          role="toolbar"
          aria-label={`Actions on ${lane.manifest.label}`}
          data-part="actions"
        >
          <Permitted command="consumer:add">
            <AddConsumer lane={lane} others={<AddDeadLetterReader lane={lane} view={view} />} />
          </Permitted>
          <BurstButton lane={lane} />
          <span className="ml-auto flex items-center">
            <Permitted command="load:start">
              <LoadButton lane={lane} />
            </Permitted>
          </span>
        </div>
      )}
    </div>
  )
}
