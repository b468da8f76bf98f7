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

const UnseenContext = createContext<Unseen>(ALL_SEEN)

/** Below it, a message is drawn at a place only once its pill has arrived there; without a loop, at once. */
export const ShowArrived = ({ loop, children }: { loop: AnimationLoop | null; children: ReactNode }) => (
  <UnseenContext value={loop?.unseen ?? ALL_SEEN}>{children}</UnseenContext>
)

/** What the picture does not show yet. Renders again when pills arrive. */
export function useUnseen(): Unseen {
  const unseen = useContext(UnseenContext)
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
    // The reason why a consumer lacks it names who has it, so it would tell too early.
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
