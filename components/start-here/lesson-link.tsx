'use client'

import { useEffect, useState } from 'react'
import { pageAddress } from '#lib/util/page-address.ts'
import { watchAddress } from './offered-lessons.ts'
import { openLessonRoom } from './open-lesson-room.ts'

const asked = (name: 'lesson' | 'room'): string | null => new URLSearchParams(location.search).get(name)

/**
 * The address `/?lesson=<name>`: makes a room of that lesson's scene, or joins it, and goes there. `/?room=<name>` goes to
 * that room's own address, which says it where there is no such room.
 */
export function LessonLink() {
  const [state, setState] = useState({ lesson: '', problem: '' })
  useEffect(() => {
    const room = asked('room')
    if (room) {
      location.replace(pageAddress(`/r/${encodeURIComponent(room)}`))
      return
    }
    const lesson = asked('lesson')
    if (lesson === null) return
    setState({ lesson, problem: '' })
    openLessonRoom(lesson).then(
      (room) => location.replace(pageAddress(`/r/${room}`)),
      (error: unknown) =>
        setState({ lesson, problem: error instanceof Error ? error.message : String(error) }),
    )
  }, [])
  if (state.lesson === '') return null
  const watch = watchAddress(state.lesson)
  return (
    <p
      className="mx-4 mt-3 rounded-2 border bg-surface px-4 py-2 text-sm"
      role={state.problem ? 'alert' : 'status'}
    >
      {state.problem
        ? `The lesson ${state.lesson} cannot begin: ${state.problem}.`
        : `Making a room for the lesson ${state.lesson} on the brokers.`}
      {state.problem && watch && (
        <>
          {' '}
          <a className="underline underline-offset-3" href={watch}>
            Watch its recording
          </a>
        </>
      )}
    </p>
  )
}
