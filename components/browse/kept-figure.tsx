'use client'

import type { ReactNode } from 'react'
import { destinationId } from '#lib/protocol/names.ts'
import { mayRun } from '../access/may.ts'
import { useFeed } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Hint } from '../ui/box-text.tsx'
import { Explained } from '../ui/explained.tsx'
import { onDemand } from '../ui/on-demand.tsx'
import { Popover } from '../ui/popover.tsx'

const KeptList = onDemand(
  async () => (await import('./kept-list.tsx')).KeptList,
  () => <Hint>Asking…</Hint>,
)

const FIGURE =
  '-mx-0.5 -my-px min-h-6 min-w-6 justify-start! rounded-1 px-0.5 underline decoration-dotted decoration-1 underline-offset-4 [font-weight:inherit]!'

interface KeptFigureProps {
  lane: LaneRef
  /** How much is kept, as it stands on the screen. */
  children: ReactNode
}

/**
 * The number of messages that a lane's destination keeps: it opens the list of them. Where looking at them would take them out,
 * it says so instead; a recording has no broker to ask.
 */
export function KeptFigure({ lane, children }: KeptFigureProps) {
  const feed = useFeed()
  const { manifest, modeManifest, destination } = lane
  const { can, lacks } = modeManifest
  if (feed.recorded || !mayRun(feed, 'destination:browse').allowed) return children
  if (!can.browse) {
    return (
      <Explained text={lacks.browse ?? ''} className="min-w-6 decoration-1 underline-offset-4">
        {children}
      </Explained>
    )
  }
  return (
    <span data-keeps={destinationId(manifest.id, destination)}>
      <Popover
        buttonStyle={{ look: 'inherit', size: 'own', className: FIGURE }}
        className="w-105"
        title="Look at what is kept; nothing is taken out"
        sheet
        button={
          <>
            {children}
            <span className="sr-only">
              : look at what {manifest.label} keeps of {destination}
            </span>
          </>
        }
      >
        {(close) => <KeptList lane={lane} close={close} />}
      </Popover>
    </span>
  )
}
