'use client'

import { useEffect } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { toggleStageTheme } from '../ui/appearance.ts'

/** What a clicker sends, and the same on a keyboard: by how many steps each moves the lesson. */
const STEPS_BY_KEY: Readonly<Record<string, number>> = {
  PageDown: 1,
  ArrowRight: 1,
  PageUp: -1,
  ArrowLeft: -1,
}

/** Moves the room's lesson, if one is open. The step after the last shows what happened. */
function moveLesson(feed: Feed, by: number): void {
  const { lesson } = feed.views
  if (lesson === null) return
  const step = Math.min(lesson.steps, Math.max(0, lesson.step + by))
  if (step !== lesson.step) void feed.command('lesson:move', { run: lesson.run, step })
}

/** The stage has no controls: a clicker moves the lesson, and `t` changes between dark and light. */
export function useStageKeys(feed: Feed): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      const by = STEPS_BY_KEY[event.key]
      if (by !== undefined) moveLesson(feed, by)
      else if (event.key === 't') toggleStageTheme()
      else return
      event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [feed])
}
