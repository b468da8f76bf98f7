'use client'

import { useState } from 'react'
import type { Lesson } from '#lib/protocol/lesson.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import { Permitted } from '../access/permitted.tsx'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { formatCount } from '../ui/format.ts'
import { listed } from '../words/sentence.ts'
import { askRoom, voteOf } from './room-vote.ts'

interface AskRoomProps {
  lesson: Lesson
  state: RoomLesson
}

/** What people with phones do in this lesson. */
function hallWords(parts: readonly string[] | undefined): string {
  if (parts === undefined) return 'Each phone is one more consumer, beside those of the lesson.'
  const names = listed([...new Set(parts.map((id) => id.slice(id.lastIndexOf(':') + 1)))])
  return `Phones play ${names}: each shows what happens to one of them.`
}

/** Puts the lesson's question to everybody in the room, and says how many have voted. Not there where one is alone. */
export function AskRoom({ lesson, state }: AskRoomProps) {
  const feed = useFeed()
  const [problem, setProblem] = useState('')
  const others = useSlice(({ views }) => views.people.length - 1)
  const voted = useSlice(({ views }) => voteOf(views.vote, state)?.voted ?? null)
  const ask = () => {
    setProblem('')
    askRoom(feed, lesson, state).catch((error: unknown) =>
      setProblem(error instanceof Error ? error.message : String(error)),
    )
  }
  if (voted !== null) {
    return (
      <p className="mt-2.5 text-ink-2 fs-sm" data-part="room-vote">
        <b className="font-strong text-ink">{formatCount(voted)}</b>{' '}
        {voted === 1 ? 'person has' : 'people have'} voted.
      </p>
    )
  }
  if (state.phase !== 'question' || others < 1) return null
  return (
    <div className="mt-2.5">
      <Permitted command="vote:open">
        <Button onClick={ask}>Ask the room</Button>
      </Permitted>
      <p className="mt-2 text-ink-2 text-xs">{hallWords(state.parts)}</p>
      {problem && <Refusal className="mt-2">{problem}</Refusal>}
    </div>
  )
}
