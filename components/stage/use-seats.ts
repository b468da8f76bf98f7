'use client'

import { type RefObject, useLayoutEffect, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { useFeed } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { type MapNow, readSeats, type SeatNow } from './read-seats.ts'
import type { SeatGroup } from './seat-plan.ts'

/** A hall's map is drawn anew at most this often: every third frame, which looks the same. */
const PAINT_EVERY_MS = 50

/** Calls `paint` when the feed has changed, at once and then at most every 50 ms. Returns how to stop. */
function paced(feed: Feed, paint: () => void): () => void {
  let paintedAt = performance.now()
  let timer: ReturnType<typeof setTimeout> | undefined
  const run = () => {
    timer = undefined
    paintedAt = performance.now()
    paint()
  }
  const end = feed.subscribe(() => {
    timer ??= setTimeout(run, Math.max(0, paintedAt + PAINT_EVERY_MS - performance.now()))
  })
  return () => {
    end()
    clearTimeout(timer)
  }
}

const NOTHING: MapNow = {
  lit: [],
  got: [],
  counts: { holding: 0, paused: 0, idle: 0, away: 0, crashed: 0 },
  partitions: 0,
}

/** Writes into a seat's element what has changed of it. */
function paintSeat(element: Element, now: SeatNow, before: SeatNow | undefined): void {
  if (before?.state !== now.state) element.setAttribute('data-state', now.state)
  if (before?.name !== now.name) element.setAttribute('aria-label', now.name)
  const mark = element.firstElementChild
  if (before?.mark !== now.mark && mark) mark.textContent = now.mark
}

/**
 * Keeps the seats of a list as the ledger has them, element by element: a message at a hall costs no work of React's for its
 * seats. Returns what else is drawn of them, which changes with the trace.
 */
export function useSeats(
  lane: LaneRef,
  groups: readonly SeatGroup[],
  markChars: number,
  list: RefObject<HTMLUListElement | null>,
): MapNow {
  const feed = useFeed()
  const { manifest, modeManifest, mode, destination, settings } = lane
  const [now, setNow] = useState({ drawn: NOTHING, signature: '' })
  useLayoutEffect(() => {
    const painted: SeatNow[] = []
    const paint = () => {
      const elements = list.current?.children
      const shown = { manifest, modeManifest, mode, destination, settings }
      const drawn = readSeats(feed, shown, groups, markChars, (index, seat) => {
        const element = elements?.[index]
        if (element) paintSeat(element, seat, painted[index])
        painted[index] = seat
      })
      const signature = JSON.stringify(drawn)
      setNow((before) => (before.signature === signature ? before : { drawn, signature }))
    }
    paint()
    return paced(feed, paint)
  }, [feed, manifest, modeManifest, mode, destination, settings, groups, markChars, list])
  return now.drawn
}
