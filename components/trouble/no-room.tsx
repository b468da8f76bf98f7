'use client'

import { useState } from 'react'
import { LOBBY } from '#lib/protocol/names.ts'
import { Refusal } from '../ui/box-text.tsx'
import { Button, ButtonLink } from '../ui/button.tsx'
import { NoticePage } from '../ui/notice-page.tsx'

/** The address names a room that does not exist: make it, or go to the one that always does. */
export function NoRoom({ room }: { room: string }) {
  const [problem, setProblem] = useState('')
  async function create() {
    try {
      const answer = await fetch(`/api/rooms/${encodeURIComponent(room)}`, { method: 'PUT' })
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
      <p>A room has people, destinations and consumers of its own, apart from every other room.</p>
      {problem && <Refusal>{problem}</Refusal>}
      <div className="flex items-center gap-2">
        <Button look="solid" onClick={() => void create()}>
          Create {room}
        </Button>
        <ButtonLink href={`/r/${LOBBY}`}>Go to the lobby</ButtonLink>
      </div>
    </NoticePage>
  )
}
