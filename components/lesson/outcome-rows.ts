import type { Feed } from '#lib/feed/feed.ts'
import type { Outcome } from '#lib/lessons/expectations.ts'
import type { ScreenStep } from '#lib/lessons/screen-steps.ts'
import { outcomesOf } from '#lib/lessons/waiting.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import { lessonViewOf } from './lesson-run.ts'

/** A line of the table: what was expected of a step beside what was seen, or what the step waits for. */
export interface OutcomeRow {
  key: string
  step: number
  expected: string
  /** Null: it has not been seen yet. `earlier`: it was as expected when the step was over, before this page was opened. */
  seen: string | null
  holds: boolean
}

/** How a step was when it was over: what comes later changes the figures that it waited for. */
const settled = new Map<string, Outcome[]>()
/** More than any lesson has steps, of some runs. */
const SETTLED_MAX = 500

function settledOutcomes(key: string, now: Outcome[]): Outcome[] | undefined {
  const known = settled.get(key)
  if (known !== undefined || !now.every(({ holds }) => holds)) return known
  if (settled.size >= SETTLED_MAX) settled.clear()
  settled.set(key, now)
  return now
}

/** What is known of each step that has run. What is expected of the others would give the answer away. */
export function outcomeRows(
  feed: Feed,
  lesson: Lesson,
  steps: readonly ScreenStep[],
  state: RoomLesson,
): OutcomeRow[] {
  const view = lessonViewOf(feed, lesson, state)
  const ofSteps = steps.slice(0, state.done).flatMap(({ waitsFor }, index): OutcomeRow[] => {
    if (waitsFor.length === 0) return []
    const now = outcomesOf(waitsFor, view)
    const known = settledOutcomes(`${state.run} ${index}`, now)
    return now.map(({ expected }, place) => ({
      key: `${index} ${place}`,
      step: index + 1,
      expected,
      seen: known?.[place]?.seen ?? 'as expected',
      holds: true,
    }))
  })
  if (state.phase !== 'revealed') return ofSteps
  const atEnd = outcomesOf(lesson.expect, view).map(({ expected, seen, holds }, place) => ({
    ...{ key: `end ${place}`, step: steps.length, expected, seen, holds },
  }))
  return [...ofSteps, ...atEnd]
}
