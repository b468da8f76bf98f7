'use client'

import { useState } from 'react'
import { LOBBY } from '#lib/protocol/names.ts'

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
    <main className="page">
      <h1>
        There is no room <code>{room}</code>
      </h1>
      <p>A room has people, destinations and consumers of its own, apart from every other room.</p>
      {problem && (
        <p className="refused" role="alert">
          {problem}
        </p>
      )}
      <div className="acts">
        <button type="button" className="btn solid" onClick={() => void create()}>
          Create {room}
        </button>
        <a className="btn" href={`/r/${LOBBY}`}>
          Go to the lobby
        </a>
      </div>
    </main>
  )
}
