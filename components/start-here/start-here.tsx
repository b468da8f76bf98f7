'use client'

import { lessonAddress } from './open-lesson-room.ts'

/** The lessons that a newcomer is offered, with what they show in a few words. */
const OFFERED = [
  {
    lesson: 'one-message-three-fates',
    title: 'One message, three fates',
    about: 'A queue, a channel and a log',
  },
  { lesson: 'who-is-away', title: 'Who is away', about: 'What waits for whom' },
  { lesson: 'crash-a-worker', title: 'Crash a worker', about: 'What becomes of its work' },
] as const

/** Three lessons on real brokers to begin with. */
export const StartHere = ({ onAll }: { onAll(): void }) => (
  <nav
    className="flex flex-none flex-wrap items-center gap-x-2 gap-y-1.5 max-700:basis-full"
    aria-label="Start here: lessons"
  >
    <span className="text-ink-2 text-xs max-1440:hidden">Start here:</span>
    {OFFERED.map(({ lesson, title, about }) => (
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
