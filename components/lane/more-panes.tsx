'use client'

import { useEffect, useState } from 'react'
import { IconButton } from '../ui/icon-button.tsx'

/** A pane of which more than this share is in sight counts as seen. */
const SEEN_SHARE = 0.6

interface InSight {
  first: number
  last: number
  /** Further panes on either side have the traced message. */
  traced: { before: boolean; after: boolean }
}

function lookAt(panes: HTMLElement, traced: ReadonlySet<string>): InSight | null {
  const frame = panes.getBoundingClientRect()
  const all = [...panes.querySelectorAll<HTMLElement>(':scope > article')]
  const seen = all.flatMap((pane, index) => {
    const { left, right, width } = pane.getBoundingClientRect()
    const shown = Math.min(right, frame.right) - Math.max(left, frame.left)
    return width > 0 && shown / width > SEEN_SHARE ? [index] : []
  })
  const [first] = seen
  const last = seen.at(-1)
  if (first === undefined || last === undefined || last - first + 1 === all.length) return null
  const has = (some: HTMLElement[]) => some.some(({ dataset }) => traced.has(dataset.consumer ?? ''))
  return { first, last, traced: { before: has(all.slice(0, first)), after: has(all.slice(last + 1)) } }
}

function useInSight(panes: HTMLElement | null, count: number, traced: string): InSight | null {
  const [inSight, setInSight] = useState<InSight | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: with another count there are other panes
  useEffect(() => {
    if (!panes) return undefined
    const names = new Set(traced.split('|'))
    const update = () =>
      setInSight((before) => {
        const now = lookAt(panes, names)
        return JSON.stringify(before) === JSON.stringify(now) ? before : now
      })
    update()
    const observer = new ResizeObserver(update)
    observer.observe(panes)
    panes.addEventListener('scroll', update, { passive: true })
    return () => {
      observer.disconnect()
      panes.removeEventListener('scroll', update)
    }
  }, [panes, count, traced])
  return inSight
}

interface MorePanesProps {
  /** The row of panes, which scrolls sideways. */
  panes: HTMLElement | null
  count: number
  /** The consumers that have the traced message, by name. */
  traced: ReadonlyMap<string, unknown>
}

/** Says which of a lane's consumers are in sight where not all are, and brings the others: yellow where the traced message is. */
export function MorePanes({ panes, count, traced }: MorePanesProps) {
  const inSight = useInSight(panes, count, [...traced.keys()].join('|'))
  if (!panes || !inSight) return null
  const { first, last } = inSight
  const turn = (step: 1 | -1) => panes.scrollBy({ left: step * panes.clientWidth, behavior: 'instant' })
  const look = (has: boolean) => `h-6 max-700:hidden ${has ? 'bg-signal text-on-signal' : ''}`
  return (
    <span
      className="-ml-2 flex h-full flex-none items-center gap-0.5 whitespace-nowrap bg-sunken pl-2 text-ink-2 text-xs"
      data-part="more-panes"
    >
      <IconButton
        look="quiet"
        size="sm"
        className={look(inSight.traced.before)}
        label="Consumers before these"
        icon="left"
        disabled={first === 0}
        onClick={() => turn(-1)}
      />
      <span className="min-w-14 text-center max-700:min-w-0">
        {first === last ? first + 1 : `${first + 1} to ${last + 1}`} of {count}
      </span>
      <IconButton
        look="quiet"
        size="sm"
        className={look(inSight.traced.after)}
        label="Consumers after these"
        icon="right"
        disabled={last === count - 1}
        onClick={() => turn(1)}
      />
    </span>
  )
}
