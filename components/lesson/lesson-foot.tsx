'use client'

import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import { Permitted } from '../access/permitted.tsx'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'

interface LessonFootProps {
  state: RoomLesson
  busy: boolean
  asksAgain: boolean
  back(): void
  repeat(): void
  next(): void
}

const KEYS = [
  ['←', 'back'],
  ['→', 'next'],
  ['R', 'repeat'],
  ['Esc', 'leave'],
] as const

/** Back and Next show other steps without undoing or doing them; Repeat empties the room and begins the lesson anew. */
export const LessonFoot = ({ state, busy, asksAgain, back, repeat, next }: LessonFootProps) => (
  <footer className="flex-none border-t">
    {asksAgain && (
      <p className="px-5 pt-3 text-ink-2 text-xs" role="status">
        Others are here. Press Repeat once more to empty the room and begin the lesson anew.
      </p>
    )}
    <div className="grid grid-cols-[auto_1fr_auto] gap-2 px-5 py-3">
      <Permitted command="lesson:move">
        <Button onClick={back} disabled={state.step === 0}>
          <Icon name="left" /> Back
        </Button>
      </Permitted>
      <Permitted command="lesson:open">
        <Button
          look="quiet"
          className="justify-self-center"
          title="Empties the room and begins the lesson anew (R)"
          onClick={repeat}
          disabled={busy}
        >
          <Icon name="rewind" /> Repeat
        </Button>
      </Permitted>
      <Permitted command="lesson:move">
        <Button onClick={next} disabled={state.step >= state.steps}>
          Next <Icon name="right" />
        </Button>
      </Permitted>
    </div>
    <p className="flex justify-between px-5 pb-3.5 text-ink-2 text-xs max-1100:hidden" aria-hidden="true">
      {KEYS.map(([key, what]) => (
        <span key={key} className="inline-flex items-center gap-1.5">
          <kbd className="inline-grid min-w-6 place-items-center rounded-1 border border-line-control bg-sunken px-1.5 font-ui text-[12px]/[20px]">
            {key}
          </kbd>
          {what}
        </span>
      ))}
    </p>
  </footer>
)
