'use client'

import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { hideLessonPanel } from '../start-here/lesson-panel-state.ts'
import { IconButton } from '../ui/icon-button.tsx'

const lookOf = (place: number, { step, done }: RoomLesson): string => {
  if (place === step) return 'bg-ink'
  return place < done ? 'bg-ink-3' : 'bg-line'
}

/** Which lesson it is and how far it has come. The page after the last step counts as one. */
export function LessonHead({ state }: { state: RoomLesson }) {
  const { title, step, steps, run, by } = state
  const { me } = useFeed()
  const count = steps + 1
  return (
    <header className="flex-none border-b px-5 pt-3.5 pb-3">
      <p className="flex min-h-tap items-center text-ink-2 text-xs">
        <span className="min-w-0 flex-1 truncate">
          Lesson, step {step + 1} of {count}
          {by && by !== me.name && <span className="text-ink-3">, moved by {by}</span>}
        </span>
        <IconButton
          icon="x"
          look="quiet"
          size="sm"
          label="Leave the lesson"
          title="Leave the lesson (Esc)"
          onClick={() => hideLessonPanel(run)}
        />
      </p>
      <h2 className="font-strong text-2xl tracking-tight">{title}</h2>
      <ol className="mt-2.5 grid auto-cols-fr grid-flow-col gap-1">
        {Array.from({ length: count }, (_, place) => (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
            key={place}
            aria-current={place === step ? 'step' : undefined}
            className={`h-1 rounded-full ${lookOf(place, state)}`}
          >
            <span className="vh">{place < steps ? `Step ${place + 1}` : 'What happened'}</span>
          </li>
        ))}
      </ol>
    </header>
  )
}
