import type { Feed } from '#lib/feed/feed.ts'
import type { LessonKey } from '../lesson/use-lesson-keys.ts'
import type { LogKey } from '../pane/log-keys.ts'
import type { ChartKey } from '../timeline/chart-input.ts'
import type { Action } from './action.ts'
import { whyNot } from './action.ts'
import { allActions } from './all-actions.ts'
import type { PlayerKey } from './use-player-keys.ts'

/** A line of the sheet of keys. */
export interface KeyLine {
  keys: string
  label: string
  /** Why it does nothing for this person. */
  why?: string | undefined
}

/** The keys that work in one place, or everywhere. */
interface KeyGroup {
  title: string
  lines: KeyLine[]
}

/** The key that people of this machine hold for commands. */
const commandKey = (): string => (/Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl')

/** What each key of these four handlers does: their tables and the words here cannot differ in their keys. */
const LESSON: Record<LessonKey, string> = {
  ArrowRight: 'Next step',
  PageDown: 'Next step',
  ArrowLeft: 'One step back',
  PageUp: 'One step back',
  Enter: 'Press the step’s button',
  r: 'Empty the room and begin the lesson anew',
  ...{ a: 'Answer the question', b: 'Answer the question', c: 'Answer the question' },
  ...{ d: 'Answer the question', e: 'Answer the question' },
}
const LOG: Record<LogKey, string> = {
  ArrowLeft: 'To the neighbouring consumer',
  ArrowRight: 'To the neighbouring consumer',
  Enter: 'Into the rows; there, pin the row’s message',
  ArrowUp: 'From row to row',
  ArrowDown: 'From row to row',
  PageUp: 'A page up',
  Home: 'To the oldest row',
  End: 'To the newest row, and stay there',
}
const CHART: Record<ChartKey, string> = {
  ArrowLeft: 'Back and on in time',
  ArrowRight: 'Back and on in time',
  '+': 'Closer',
  '=': 'Closer',
  '-': 'Further away',
  ' ': 'Stop and go on',
  ',': 'One mark back, one mark on',
  '.': 'One mark back, one mark on',
  f: 'Fit the traced message',
  Enter: 'Pin the message of the chosen mark',
}
const PLAYER: Record<PlayerKey, string> = {
  ' ': 'Play and pause the recording',
  ',': 'One event back, one event on',
  '.': 'One event back, one event on',
}

const CAPS: Readonly<Record<string, string>> = {
  ...{ ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', ' ': 'Space' },
  ...{ a: 'A', b: 'B', c: 'C', d: 'D', e: 'E' },
}

/** Keys that do the same stand on one line. */
function linesOf(labels: Readonly<Record<string, string>>): KeyLine[] {
  const byLabel = new Map<string, string[]>()
  for (const [key, label] of Object.entries(labels)) {
    // A plus sign stands for keys that are held together.
    const cap = key === '+' ? 'Plus' : (CAPS[key] ?? key)
    byLabel.set(label, [...(byLabel.get(label) ?? []), cap])
  }
  return [...byLabel].map(([label, caps]) => ({ label, keys: caps.join(' ') }))
}

/** Keys of the page that no action has, because what they do depends on where the focus is. */
const byFocus = (recorded: boolean): KeyLine[] => [
  { keys: `${commandKey()}+K`, label: 'Do anything: the command palette' },
  {
    keys: 'Esc',
    label: 'Let go: of a box, a field, the inspector, the lesson, a pinned message, present mode',
  },
  ...(recorded
    ? linesOf(PLAYER)
    : [
        { keys: 'Enter', label: 'Send what is written' },
        { keys: 'Shift+Enter', label: 'A new line in the message' },
      ]),
  { keys: '← →', label: 'From tab to tab, along a mode switch and a row of buttons' },
  { keys: 'Home End', label: 'To the first and the last of a row of buttons' },
]

const hasKeys = (action: Action): action is Action & { keys: string } => action.keys !== undefined

/** All keys of the page, by where they work. A lesson's are there while one is open in the room. */
export function keyGroups(feed: Feed): KeyGroup[] {
  const own = allActions(feed)
    .filter(hasKeys)
    // Esc lets go of more than a message, and a lesson's keys have a place of their own.
    .filter(({ id, keys }) => keys !== 'Esc' && id !== 'lesson-next')
    .map((action) => ({ keys: action.keys, label: action.label, why: whyNot(feed, action) }))
  const { lesson } = feed.views
  return [
    { title: 'Everywhere', lines: [...own, ...byFocus(feed.recorded === true)] },
    ...(lesson === null ? [] : [{ title: 'In the lesson', lines: linesOf(LESSON) }]),
    { title: 'In a consumer’s rows', lines: linesOf(LOG) },
    { title: 'In the Matrix', lines: [{ keys: '↑ ↓', label: 'From row to row, and pin its message' }] },
    { title: 'In the Timeline', lines: linesOf(CHART) },
  ]
}
