'use client'

import { useState } from 'react'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import { LOBBY } from '#lib/protocol/lobby.ts'
import { pageAddress } from '#lib/util/page-address.ts'
import { Permitted } from '../access/permitted.tsx'
import { Refusal } from '../ui/box-text.tsx'
import { Button, ButtonLink } from '../ui/button.tsx'
import { NoticePage } from '../ui/notice-page.tsx'

/**
 * Makes the room, of the lesson that went on there: when a dashboard that was restarted has it no more, whoever is first makes
 * it for all. What the brokers still hold of it from before is removed.
 */
async function makeRoom(room: string, lesson: RoomLesson | null): Promise<Response> {
  const path = pageAddress(`/api/rooms/${encodeURIComponent(room)}`)
  // A file that was brought into the room ended with it.
  if (lesson === null || lesson.own) return await fetch(path, { method: 'PUT' })
  const body = JSON.stringify({ lesson: lesson.name })
  const headers = { 'content-type': 'application/json' }
  const made = await fetch(path, { method: 'PUT', headers, body })
  return made.status === 201 ? await fetch(`${path}/lesson`, { method: 'POST', headers, body }) : made
}

/** The address names a room that does not exist: make it, or go to the one that always does. */
export function NoRoom({ room, lesson = null }: { room: string; lesson?: RoomLesson | null }) {
  const [problem, setProblem] = useState('')
  async function create() {
    try {
      const answer = await makeRoom(room, lesson)
      if (answer.ok) location.reload()
      else setProblem(`The dashboard answered ${answer.status}.`)
    } catch (error) {
      setProblem(
        `The dashboard is not answering (${error instanceof Error ? error.message : String(error)}).`,
      )
    }
  }
  return (
    <NoticePage
      title={
        <>
          There is no room <code>{room}</code>
        </>
      }
    >
      {lesson && (
        <p>
          The lesson {lesson.title} went on there when the dashboard ended.{' '}
          {lesson.own
            ? 'Its file was brought there: bring it again.'
            : 'It can only begin anew, with empty queues.'}
        </p>
      )}
      <p>A room has people, destinations and consumers of its own, apart from every other room.</p>
      {problem && <Refusal>{problem}</Refusal>}
      <div className="flex items-center gap-2">
        <Permitted command="room:create">
          <Button look="solid" onClick={() => void create()}>
            {lesson && !lesson.own ? `Begin “${lesson.title}” there again` : `Create ${room}`}
          </Button>
        </Permitted>
        <ButtonLink href={pageAddress(`/r/${LOBBY}`)}>Go to the lobby</ButtonLink>
      </div>
    </NoticePage>
  )
}
