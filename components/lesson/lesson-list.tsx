'use client'

import { useEffect, useRef, useState } from 'react'
import { catalog } from '#lib/brokers/catalog.ts'
import type { LessonSummary } from '#lib/protocol/lesson-commands.ts'
import { LOBBY } from '#lib/protocol/lobby.ts'
import { Permitted } from '../access/permitted.tsx'
import { useMay } from '../access/use-may.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { hideLessonPanel, showRoomLesson } from '../start-here/lesson-panel-state.ts'
import { watchAddress } from '../start-here/offered-lessons.ts'
import { lessonAddress } from '../start-here/open-lesson-room.ts'
import { Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { Glyph, Icon } from '../ui/icon.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { hueStyle } from '../ui/look.ts'
import { LEVEL_WORDS, minutesWords } from '../words/lessons.ts'
import { fetchLessons } from './lesson-data.ts'
import { beginLesson } from './lesson-run.ts'
import { OwnLesson } from './own-lesson.tsx'
import { PanelFrame } from './panel-frame.tsx'

const LEVELS = ['beginner', 'intermediate', 'advanced'] as const

const Systems = ({ systems }: { systems: readonly string[] }) => (
  <span className="flex gap-1">
    {catalog
      .filter(({ id }) => systems.includes(id))
      .map((manifest) => (
        <span key={manifest.id} style={hueStyle(manifest)} title={manifest.label}>
          <Glyph manifest={manifest} className="size-4" />
          <span className="vh">{manifest.label}</span>
        </span>
      ))}
  </span>
)

const LINE =
  'grid w-full grid-cols-[minmax(0,1fr)_auto] items-center gap-x-2 rounded-2 px-3 py-1.5 text-left text-ink no-underline hover:bg-hover min-h-11'

const About = ({ lesson }: { lesson: LessonSummary }) => (
  <>
    <b className="font-mid fs-sm">{lesson.title}</b>
    <Systems systems={lesson.systems} />
    <span className="col-span-2 text-ink-2 text-xs">{minutesWords(lesson.minutes)}</span>
  </>
)

/** A lesson of the list: in a room of its own, or in this one, which asks first where it would take what is there. */
function Entry({
  lesson,
  room,
  onProblem,
}: {
  lesson: LessonSummary
  room: string
  onProblem(words: string): void
}) {
  const feed = useFeed()
  const [asks, setAsks] = useState(false)
  const { why } = useMay(room === LOBBY ? 'room:create' : 'lesson:open')
  if (why !== undefined) {
    return (
      <button type="button" className={`${LINE} opacity-60`} disabled title={why}>
        <About lesson={lesson} />
      </button>
    )
  }
  if (room === LOBBY) {
    return (
      <a className={LINE} href={lessonAddress(lesson.name)}>
        <About lesson={lesson} />
      </a>
    )
  }
  const begin = () => {
    if (feed.views.lesson === null && !asks) return setAsks(true)
    beginLesson(feed, { lesson: lesson.name }).then(showRoomLesson, (error: unknown) =>
      onProblem(error instanceof Error ? error.message : String(error)),
    )
  }
  return (
    <>
      <button type="button" className={LINE} onClick={begin}>
        <About lesson={lesson} />
      </button>
      {asks && (
        <p className="grid gap-2 px-3 pb-2 text-ink-2 text-xs" role="status">
          This room is made of the lesson then: what it has of its own is removed, with the messages in it.
          <span className="flex gap-2">
            <Button size="sm" look="danger" onClick={begin}>
              Begin it here
            </Button>
            <Button size="sm" onClick={() => location.assign(lessonAddress(lesson.name))}>
              In a room of its own
            </Button>
          </span>
        </p>
      )}
    </>
  )
}

/** The recording of a lesson, where it has one. */
function Watch({ lesson }: { lesson: string }) {
  const address = watchAddress(lesson)
  if (address === null) return null
  return (
    <a
      className="inline-flex min-h-tap items-center gap-1.5 px-3 text-ink-2 text-xs underline-offset-3"
      href={address}
      target="_blank"
      rel="noreferrer"
    >
      <Icon name="play" className="size-3.5" />
      Watch the recording, without a broker
    </a>
  )
}

/** All lessons, by level. */
export function LessonList({ room }: { room: string }) {
  const feed = useFeed()
  const panel = useRef<HTMLElement>(null)
  const [lessons, setLessons] = useState<LessonSummary[] | null>(null)
  const [problem, setProblem] = useState('')
  useEffect(() => {
    panel.current?.focus()
    fetchLessons().then(setLessons, (error: unknown) =>
      setProblem(error instanceof Error ? error.message : String(error)),
    )
  }, [])
  const { lesson } = feed.views
  return (
    <PanelFrame label="Lessons" panel={panel}>
      <header className="flex flex-none items-center justify-between border-b px-5 py-3">
        <h2 className="font-strong text-2xl tracking-tight">Lessons</h2>
        <IconButton
          icon="x"
          look="quiet"
          size="sm"
          label="Close the list of lessons"
          onClick={() => (lesson ? showRoomLesson() : hideLessonPanel(null))}
        />
      </header>
      <div className="min-h-0 flex-1 overflow-auto overscroll-contain px-2 py-3">
        {problem && <Refusal className="px-3 pb-2">{problem}</Refusal>}
        {lesson && (
          <div className="mb-3 flex flex-wrap items-center gap-2 border-b px-3 pb-3 fs-sm">
            <span className="min-w-0 flex-1">{lesson.title} goes on in this room.</span>
            <Permitted command="lesson:close">
              <Button size="sm" onClick={() => void feed.command('lesson:close', {})}>
                End it for all
              </Button>
            </Permitted>
          </div>
        )}
        <OwnLesson room={room} />
        {LEVELS.map((level) => (
          <section key={level} aria-label={LEVEL_WORDS[level]}>
            <h3 className="px-3 pt-2 pb-1 font-text text-ink-2 text-xs">{LEVEL_WORDS[level]}</h3>
            <ul>
              {lessons
                ?.filter((one) => one.level === level)
                .map((one) => (
                  <li key={one.name}>
                    <Entry lesson={one} room={room} onProblem={setProblem} />
                    <Watch lesson={one.name} />
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </div>
    </PanelFrame>
  )
}
