import type { Feed } from '#lib/feed/feed.ts'
import type { Action } from './action.ts'
import { whyNot } from './action.ts'
import { allActions } from './all-actions.ts'

/** A line of the sheet of keys. */
export interface KeyLine {
  keys: string
  label: string
  /** Why it does nothing for this person. */
  why?: string | undefined
}

/** The key that people of this machine hold for commands. */
export const commandKey = (): string => (/Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl')

/** Keys that are not those of an action: they depend on where the focus is. */
const elsewhere = (recorded: boolean): KeyLine[] => [
  { keys: `${commandKey()}+K`, label: 'Do anything: the command palette' },
  { keys: 'Esc', label: 'Let go: of a box, a field, the inspector, a pinned message, present mode' },
  ...(recorded
    ? [
        { keys: 'Space', label: 'Play and pause the recording' },
        { keys: ', .', label: 'One event back, one event on' },
      ]
    : [
        { keys: 'Enter', label: 'Send what is written' },
        { keys: 'Shift+Enter', label: 'A new line in the message' },
      ]),
  { keys: '← →', label: 'From pane to pane, from tab to tab, along a mode switch and a row of buttons' },
  { keys: 'Home End', label: 'To the first and the last of a row of buttons' },
  { keys: '↑ ↓', label: 'From row to row' },
]

const hasKeys = (action: Action): action is Action & { keys: string } => action.keys !== undefined

export function keyLines(feed: Feed): KeyLine[] {
  const own = allActions(feed)
    .filter(hasKeys)
    .filter(({ keys }) => keys !== 'Esc')
    .map((action) => ({ keys: action.keys, label: action.label, why: whyNot(feed, action) }))
  return [...own, ...elsewhere(feed.recorded === true)]
}
