'use client'

import { useEffect } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import { mayRun } from '../access/may.ts'
import { toggleStageTheme } from '../ui/appearance.ts'

/** What a clicker sends, and the same on a keyboard: by how many steps each moves the lesson. */
const STEPS_BY_KEY: Readonly<Record<string, number>> = {
  PageDown: 1,
  ArrowRight: 1,
  PageUp: -1,
  ArrowLeft: -1,
}

/** The step to which a key moves a lesson; null where it moves nothing. The step after the last shows what happened. */
export function stepByKey(key: string, lesson: Pick<RoomLesson, 'step' | 'steps'>): number | null {
  const step = Math.min(lesson.steps, Math.max(0, lesson.step + (STEPS_BY_KEY[key] ?? 0)))
  return step === lesson.step ? null : step
}

/** Moves the room's lesson, if one is open. */
function moveLesson(feed: Feed, key: string): void {
  const { lesson } = feed.views
  if (lesson === null || !mayRun(feed, 'lesson:move').allowed) return
  const step = stepByKey(key, lesson)
  if (step !== null) void feed.command('lesson:move', { run: lesson.run, step })
}

/** The stage has no controls: a clicker moves the lesson, and `t` changes between dark and light. */
export function useStageKeys(feed: Feed): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.key in STEPS_BY_KEY) moveLesson(feed, event.key)
      else if (event.key === 't') toggleStageTheme()
      else return
      event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [feed])
}
