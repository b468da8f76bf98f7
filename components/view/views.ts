import type { ComponentType, RefObject } from 'react'
import { Flow } from '../flow/flow.tsx'
import { Lanes } from '../lane/lanes.tsx'
import { Matrix } from '../matrix/matrix.tsx'
import { Timeline } from '../timeline/timeline.tsx'
import type { ViewId } from './view-choice.ts'

export interface ViewProps {
  room: string
  /** The page's one field to write to all in, for a view that has the composer itself. */
  field?: RefObject<HTMLInputElement | null>
}

export interface View {
  id: ViewId
  label: string
  /** Draws its own `main`, whose id is `view-<id>`. */
  Body: ComponentType<ViewProps>
  /** It shows a composer of its own in the place of the one on top. */
  hasComposer?: boolean
}

/** What the tabs offer, in their order; `1`, `2` … choose among them. One line for each view. */
export const VIEWS: readonly View[] = [
  { id: 'panes', label: 'Panes', Body: Lanes },
  { id: 'matrix', label: 'Matrix', Body: Matrix },
  { id: 'flow', label: 'Flow', Body: Flow, hasComposer: true },
  { id: 'timeline', label: 'Timeline', Body: Timeline },
]

export const viewOf = (id: ViewId): View => VIEWS.find((view) => view.id === id) ?? (VIEWS[0] as View)
