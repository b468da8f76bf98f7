'use client'

import { useEffect, useState } from 'react'
import type { FoundDestination, FoundDestinations } from '#lib/protocol/found-destinations.ts'
import { useFeed } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Hint } from '../ui/box-text.tsx'
import { ModeMark } from '../ui/icon.tsx'
import { MODE_LABEL } from '../ui/look.ts'
import { errorWords } from '../words/errors.ts'

type Found =
  | { state: 'asking' }
  | { state: 'found'; found: FoundDestinations }
  | { state: 'not'; why: string }

/** What the broker answers once, when the box opens. */
function useFound({ manifest: { id: system, label } }: LaneRef): Found {
  const feed = useFeed()
  const [found, setFound] = useState<Found>({ state: 'asking' })
  useEffect(() => {
    let isWanted = true
    void feed.command('destination:list', { system }).then((reply) => {
      if (!isWanted) return
      if (reply.ok) setFound({ state: 'found', found: reply.value })
      else
        setFound({
          state: 'not',
          why: reply.detail?.reason?.toString() ?? errorWords(reply.code, { label, ...reply }),
        })
    })
    return () => {
      isWanted = false
    }
  }, [feed, system, label])
  return found
}

interface FoundListProps {
  lane: LaneRef
  /** The address that is in the form now. */
  chosen: string
  onChoose(found: FoundDestination): void
}

/** What other programs have on the broker already: one of them is used as it is, and stays when it is removed here. */
export function FoundList({ lane, chosen, onChoose }: FoundListProps) {
  const { views } = useFeed()
  const { label, id } = lane.manifest
  const asked = useFound(lane)
  if (asked.state === 'asking') return <Hint>Asking {label} what it has…</Hint>
  if (asked.state === 'not') return <Hint>{asked.why}</Hint>
  const here = new Set(views.destinations.filter(({ system }) => system === id).map(({ address }) => address))
  const others = asked.found.destinations.filter(({ address }) => !here.has(address))
  if (others.length === 0) return <Hint>Nothing else is on {label} that could be used here.</Hint>
  return (
    <div className="grid gap-1">
      <p className="font-mid text-sm" id={`found-${id}`}>
        On {label} already
      </p>
      <ul className="-mx-2 grid max-h-44 gap-0.5 overflow-y-auto" aria-labelledby={`found-${id}`}>
        {others.map((found) => (
          <li key={`${found.mode} ${found.address}`}>
            <button
              type="button"
              className="flex min-h-tap w-full items-center gap-2 rounded-1 px-2 text-left text-sm hover:bg-hover aria-pressed:bg-hover aria-pressed:font-strong"
              aria-pressed={found.address === chosen}
              onClick={() => onChoose(found)}
            >
              <ModeMark mode={found.mode} className="text-hue" />
              <span className="mono min-w-0 flex-1 [overflow-wrap:anywhere]">{found.address}</span>
              <span className="text-ink-2 fs-xs">{MODE_LABEL[found.mode]}</span>
            </button>
          </li>
        ))}
      </ul>
      {!asked.found.complete && <Hint>There are more: write the name of any other below.</Hint>}
    </div>
  )
}
