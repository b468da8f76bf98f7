'use client'

import type { ScreenStep } from '#lib/lessons/screen-steps.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { Icon } from '../ui/icon.tsx'
import { type OutcomeRow, outcomeRows } from './outcome-rows.ts'
import { Section } from './section.tsx'

interface OutcomeTableProps {
  lesson: Lesson
  steps: readonly ScreenStep[]
  state: RoomLesson
}

const CELL = 'border-t py-1.5 pr-2 align-top'

const Line = ({ row: { step, expected, seen, holds } }: { row: OutcomeRow }) => (
  <tr>
    <td className={CELL}>{step}</td>
    <td className={`${CELL} wrap-break-word`}>{expected}</td>
    <td className={`${CELL} wrap-break-word font-strong`}>{seen}</td>
    <td className={`${CELL} pr-0`}>
      {holds ? (
        <span className="inline-flex items-center gap-1 text-good">
          <Icon name="check" className="size-3.5" /> same
        </span>
      ) : (
        'differs'
      )}
    </td>
  </tr>
)

/** Steps that have not run say what they wait for. */
function waitingWords({ done, phase }: RoomLesson, count: number): Array<{ step: number; words: string }> {
  const waiting = Array.from({ length: count - done }, (_, index) => {
    const step = done + index + 1
    return { step, words: index === 0 ? 'when it is done' : `after step ${step - 1}` }
  })
  const end = { step: count, words: 'when the brokers are done' }
  return done === count && phase !== 'revealed' ? [end] : waiting
}

/** What happened, step by step, by the brokers' own word. */
export function OutcomeTable({ lesson, steps, state }: OutcomeTableProps) {
  const feed = useFeed()
  useSlice((now) => JSON.stringify(outcomeRows(now, lesson, steps, state)), 'calm')
  const rows = outcomeRows(feed, lesson, steps, state)
  return (
    <Section title="What happened">
      <table className="w-full table-fixed border-collapse text-left fs-sm">
        <thead className="text-ink-3 text-xs">
          <tr>
            <th className="w-10 pr-2 pb-1 font-text">Step</th>
            <th className="pr-2 pb-1 font-text">Expected</th>
            <th className="pr-2 pb-1 font-text">We saw</th>
            <th className="w-16">
              <span className="vh">The same or not</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Line key={row.key} row={row} />
          ))}
          {waitingWords(state, steps.length).map(({ step, words }) => (
            <tr key={`waits ${step}`}>
              <td className={CELL}>{step}</td>
              <td className={CELL} colSpan={3}>
                <span className="inline-block rounded-1 border border-line-control border-dashed px-1.5 text-ink-2 text-xs">
                  {words}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}
