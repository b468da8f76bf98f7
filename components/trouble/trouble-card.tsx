'use client'

import { useState } from 'react'
import { catalog } from '#lib/brokers/catalog.ts'
import type { BrokerFault } from '#lib/protocol/faults.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import { Permitted } from '../access/permitted.tsx'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { useNow } from '../feed/use-now.ts'
import { Button } from '../ui/button.tsx'
import { secondsUntil } from '../ui/format.ts'
import { meaningWords, othersWords, statusWord, troubleWords } from '../words/brokers.ts'
import { Hints } from './hints.tsx'

interface TroubleProps {
  lane: LaneRef
  status: BrokerStatus
  /** Its consumers were attached before: their panes have something to show below the card. */
  wasHere: boolean
}

/** It was there and is not any more; on the way up there is nothing to say about losing it. */
const isLost = (status: BrokerStatus) => {
  const word = statusWord(status)
  return word === 'down' || word === 'reconnecting'
}

/** Over what the panes held, below their heads: a broker that goes and comes back pushes nothing. The newest stays in sight. */
const OVER_LOGS =
  'absolute inset-x-0 top-[calc(var(--h-rail)+var(--h-pane-head))] z-4 max-h-[calc(100%-var(--h-rail)-var(--h-pane-head))] overflow-y-auto shadow-1 short:py-1.5 max-700:top-[calc(var(--h-rail)+56px)]'

/** When the next try is due, counted down in sight but not read out every second. */
function NextTry({ status }: { status: BrokerStatus }) {
  const due = status.nextTryAt
  const now = useNow(due !== undefined)
  if (due === undefined) return null
  return (
    <span className="hidden text-ink-3 fs-sm max-700:inline" data-part="next-try">
      Next try in <b>{secondsUntil(due, now)}</b> s.
    </span>
  )
}

/** How what somebody did to it is undone. */
function mendOf({ faults }: BrokerStatus): BrokerFault | undefined {
  if (faults?.now === undefined) return undefined
  return faults.now === 'killed' ? 'restart' : 'resume'
}

/** Why a broker is away: what was tried, what it means, what to do, and what still works. */
export function TroubleCard({ lane, status, wasHere }: TroubleProps) {
  const { manifest, modeManifest } = lane
  const others = useSlice(({ views }) =>
    othersWords(catalog, ({ id }) => id !== manifest.id && views.broker(id)?.status === 'up'),
  )
  const feed = useFeed()
  const hints = status.hints ?? []
  const [open, setOpen] = useState(false)
  const words = troubleWords(status, manifest.label)
  const isDown = status.status === 'down'
  const isBlocked = status.status === 'blocked'
  // What the environment says wrongly is read again when the server starts, and not before.
  const mend = status.faults?.may ? mendOf(status) : undefined
  const canTry = !isBlocked && mend === undefined && status.reason?.code !== 'misconfigured'
  return (
    <div
      className={`flex flex-none flex-wrap items-center gap-x-6 gap-y-2 border-b bg-surface px-4 py-3 ${wasHere ? OVER_LOGS : ''}`}
      data-part="trouble"
      data-system={manifest.id}
      data-status={status.status}
    >
      <div className="min-w-0 flex-[1_1_320px]" role={isDown || isBlocked ? 'alert' : undefined}>
        <h3 className="font-strong text-lg tracking-tight">{words.title}</h3>
        <p className="text-ink-2 text-sm [overflow-wrap:anywhere]">
          {words.body}
          {words.raw && (
            <>
              {' '}
              (<code>{words.raw}</code>)
            </>
          )}
          . {wasHere && isLost(status) && meaningWords(modeManifest)} {others}
        </p>
      </div>
      <div className="flex items-center gap-2">
        <NextTry status={status} />
        {hints.length > 0 && (
          <Button className="recorded:hidden" aria-expanded={open} onClick={() => setOpen(!open)}>
            How to start it
          </Button>
        )}
        {mend !== undefined && (
          <Permitted command="broker:fault">
            <Button
              look="solid"
              className="recorded:hidden"
              onClick={() => void feed.command('broker:fault', { system: manifest.id, fault: mend })}
            >
              {mend === 'restart' ? 'Restart' : 'Resume'} {manifest.label}
            </Button>
          </Permitted>
        )}
        {canTry && (
          <Permitted command="broker:retry">
            <Button
              look="solid"
              className="recorded:hidden"
              aria-label={`Try ${manifest.label} now`}
              onClick={() => void feed.command('broker:retry', { system: manifest.id })}
            >
              Try now
            </Button>
          </Permitted>
        )}
      </div>
      {(open || (isDown && !wasHere)) && hints.length > 0 && <Hints hints={hints} />}
    </div>
  )
}
