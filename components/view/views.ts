import type { ComponentType, RefObject } from 'react'
import { besideFirstScript, drawnByServer, onDemand } from '../ui/on-demand.tsx'
import type { ViewId } from './view-choice.ts'

export interface ViewProps {
  room: string
  /** The page's only field to write to all brokers, for a view that contains the composer. */
  field?: RefObject<HTMLTextAreaElement | null>
}

export interface View {
  id: ViewId
  label: string
  /** Draws its own `main`, whose id is `view-<id>`. */
  Body: ComponentType<ViewProps>
  /** The view contains a composer, which replaces the one at the top. */
  hasComposer?: boolean
}

const Lanes = drawnByServer<ViewProps>(
  besideFirstScript(async () => (await import('../lane/lanes.tsx')).Lanes),
)
const Matrix = onDemand<ViewProps>(async () => (await import('../matrix/matrix.tsx')).Matrix)
const Flow = onDemand<ViewProps>(async () => (await import('../flow/flow.tsx')).Flow)
const Timeline = onDemand<ViewProps>(async () => (await import('../timeline/timeline.tsx')).Timeline)
const Chat = onDemand<ViewProps>(async () => (await import('../chat/chat.tsx')).Chat)

/** The views in the order of their tabs, which the keys `1`, `2` … choose. One line per view, and its id in `VIEW_IDS`. */
export const VIEWS: readonly View[] = [
  { id: 'panes', label: 'Panes', Body: Lanes },
  { id: 'matrix', label: 'Matrix', Body: Matrix },
  { id: 'flow', label: 'Flow', Body: Flow, hasComposer: true },
  { id: 'timeline', label: 'Timeline', Body: Timeline },
  { id: 'chat', label: 'Chat', Body: Chat, hasComposer: true },
]

export const viewOf = (id: ViewId): View => VIEWS.find((view) => view.id === id) ?? (VIEWS[0] as View)
