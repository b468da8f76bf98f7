'use client'

import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react'
import type { TraceView } from '#lib/ledger/model/trace-views.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { type LaneRef, laneTrace, laneTraceSignature } from '../feed/lane-ref.ts'
import type { AnimationLoop } from './motion/animation-loop.ts'
import { STORE, type Unseen } from './motion/unseen.ts'
import { laneKey } from './scene.ts'

const ALL_SEEN: Unseen = {
  has: () => false,
  count: () => 0,
  version: 0,
  onArrived: () => () => undefined,
}

const RevealContext = createContext<Unseen>(ALL_SEEN)

/** Lets everything below it show a message where its pill has arrived, and not before. */
export const Reveal = ({ loop, children }: { loop: AnimationLoop | null; children: ReactNode }) => (
  <RevealContext value={loop?.unseen ?? ALL_SEEN}>{children}</RevealContext>
)

/** What the picture does not show yet. Renders again when pills arrive. */
export function useUnseen(): Unseen {
  const unseen = useContext(RevealContext)
  useSyncExternalStore(
    unseen.onArrived,
    () => unseen.version,
    () => 0,
  )
  return unseen
}

/** A trace without those whose pill has not arrived; its verdict waits for the last of them. */
export function shownTrace(
  trace: TraceView,
  unseen: Unseen,
  lane: string,
  messageId: string | null,
): TraceView {
  if (messageId === null) return trace
  const isStored = !unseen.has(lane, messageId, STORE)
  const cords = new Map([...trace.cords].filter(([name]) => !unseen.has(lane, messageId, name)))
  if (isStored && cords.size === trace.cords.size) return trace
  return {
    ...trace,
    cords,
    // Why the others do not have it says who does.
    ghosts: new Map(),
    receipt: isStored ? trace.receipt : null,
    verdict: { kind: 'waiting', number: 'number' in trace.verdict ? trace.verdict.number : null },
  }
}

/** The lane's trace as far as the picture shows it. */
export function useShownTrace(ref: LaneRef): TraceView {
  useSlice((feed) => laneTraceSignature(feed, ref))
  const feed = useFeed()
  const key = laneKey(ref.manifest.id, ref.destination)
  return shownTrace(laneTrace(feed, ref), useUnseen(), key, feed.trace.messageId)
}
