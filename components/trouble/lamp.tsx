import type { StatusWord } from '../words/brokers.ts'

const UP = 'size-2 rounded-full bg-good present:size-2.5'
const WAITING = 'size-2.5 rounded-full border-2 border-ink-2 border-dashed motion-safe:animate-pulse'
const DOWN = 'size-2 rotate-45 rounded-[1px] bg-bad present:size-2.5'

const SHAPE: Record<StatusWord, string> = {
  up: UP,
  paused: DOWN,
  blocked: DOWN,
  connecting: WAITING,
  reconnecting: WAITING,
  starting: WAITING,
  down: DOWN,
  'not known': WAITING,
}

/** A dot, a dashed ring or a lozenge; the word always stands beside it. */
export const Lamp = ({ word }: { word: StatusWord }) => (
  <i className={`relative flex-none ${SHAPE[word]}`} aria-hidden="true" />
)
