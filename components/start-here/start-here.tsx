'use client'

import { OFFERED_LESSONS } from './offered-lessons.ts'
import { lessonAddress } from './open-lesson-room.ts'

/** Three lessons on real brokers to begin with. */
export const StartHere = ({ onAll }: { onAll(): void }) => (
  <nav
    className="flex flex-none flex-wrap items-center gap-x-2 gap-y-1.5 max-700:basis-full"
    aria-label="Start here: lessons"
  >
    <span className="text-ink-2 text-xs max-1440:hidden">Start here:</span>
    {OFFERED_LESSONS.map(({ lesson, title, about }) => (
      <a
        key={lesson}
        href={lessonAddress(lesson)}
        title={about}
        className="grid min-h-11 content-center rounded-2 border border-line-strong bg-surface px-3 py-0.5 text-ink no-underline hover:bg-hover max-700:min-h-tap"
      >
        <b className="font-mid fs-sm">{title}</b>
        <span className="text-ink-2 text-xs max-700:hidden">{about}</span>
      </a>
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
