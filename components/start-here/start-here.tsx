'use client'

import { useMay } from '../access/use-may.ts'
import { OFFERED_LESSONS, watchAddress } from './offered-lessons.ts'
import { lessonAddress } from './open-lesson-room.ts'

const CARD =
  'grid min-h-11 content-center rounded-2 border border-line-strong bg-surface px-3 py-0.5 text-ink no-underline max-700:min-h-tap'

interface CardProps {
  lesson: (typeof OFFERED_LESSONS)[number]
  /** Why it cannot be begun; its recording can be watched all the same. */
  why: string | undefined
}

const Card = ({ lesson: { lesson, title, about }, why }: CardProps) => (
  <a
    href={why === undefined ? lessonAddress(lesson) : (watchAddress(lesson) ?? undefined)}
    title={why === undefined ? about : `${why}. Watch its recording`}
    className={`${CARD} hover:bg-hover`}
  >
    <b className="font-mid fs-sm">{title}</b>
    <span className="text-ink-2 text-xs max-1440:hidden">{about}</span>
  </a>
)

/** Three lessons on real brokers to begin with; whoever may not make a room for one watches its recording. */
export function StartHere({ onAll }: { onAll(): void }) {
  const { why } = useMay('room:create')
  return (
    <nav
      className="flex flex-none flex-wrap items-center gap-x-2 gap-y-1.5 max-700:basis-full"
      aria-label="Start here: lessons"
    >
      <span className="text-ink-2 text-xs max-1440:hidden">Start here:</span>
      {OFFERED_LESSONS.map((lesson) => (
        <Card key={lesson.lesson} lesson={lesson} why={why} />
      ))}
      <button
        type="button"
        className="min-h-tap rounded-2 px-2 text-ink-2 fs-sm hover:bg-hover hover:text-ink"
        onClick={onAll}
      >
        All lessons
      </button>
    </nav>
  )
}
