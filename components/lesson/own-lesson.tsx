'use client'

import { type ChangeEvent, useId, useState } from 'react'
import { LESSON_FILE_MAX_CHARS } from '#lib/protocol/limits.ts'
import { LOBBY } from '#lib/protocol/lobby.ts'
import { pageAddress } from '#lib/util/page-address.ts'
import { useMay } from '../access/use-may.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { suggestedRoomName } from '../rooms/room-names.ts'
import { showRoomLesson } from '../start-here/lesson-panel-state.ts'
import { Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { fileRefusalWords } from '../words/errors.ts'

/** A presenter brings a lesson file: it begins in this room, or in one that is made of it. */
export function OwnLesson({ room }: { room: string }) {
  const feed = useFeed()
  const id = useId()
  const { allowed, why } = useMay('lesson:open')
  const [file, setFile] = useState<File | null>(null)
  const [state, setState] = useState({ busy: false, problem: '' })
  const choose = ({ target }: ChangeEvent<HTMLInputElement>) => {
    setFile(target.files?.[0] ?? null)
    setState({ busy: false, problem: '' })
  }
  async function attempt(begin: (lessonFile: string) => Promise<string>) {
    if (file === null) return
    setState({ busy: true, problem: '' })
    const isLarge = file.size > LESSON_FILE_MAX_CHARS
    const problem = isLarge ? 'The file is too large for a lesson.' : await begin(await file.text())
    setState({ busy: false, problem })
  }
  const here = async (lessonFile: string) => {
    const reply = await feed.command('lesson:open', { lessonFile })
    if (!reply.ok) return fileRefusalWords(reply)
    showRoomLesson()
    return ''
  }
  const apart = async (lessonFile: string) => {
    const name = suggestedRoomName([room])
    const reply = await feed.command('room:create', { room: name, lessonFile })
    if (!reply.ok) return fileRefusalWords(reply)
    location.assign(pageAddress(`/r/${name}`))
    return ''
  }
  return (
    <section aria-label="A lesson of your own" className="mb-2 grid gap-2 border-b px-3 pb-3 fs-sm">
      <label htmlFor={id}>A lesson of your own (YAML)</label>
      <input
        id={id}
        type="file"
        accept=".yaml,.yml,application/yaml,text/yaml"
        className="w-full"
        disabled={!allowed}
        title={why}
        onChange={choose}
      />
      {file !== null && (
        <>
          {room !== LOBBY && (
            <p className="text-ink-2 text-xs" role="status">
              Begun here, it takes the place of what the room has of its own, with the messages in it.
            </p>
          )}
          <span className="flex flex-wrap gap-2">
            {room !== LOBBY && (
              <Button size="sm" look="danger" disabled={state.busy} onClick={() => void attempt(here)}>
                Begin it here
              </Button>
            )}
            <Button size="sm" disabled={state.busy} onClick={() => void attempt(apart)}>
              In a room of its own
            </Button>
          </span>
        </>
      )}
      {state.problem && <Refusal className="whitespace-pre-wrap wrap-anywhere">{state.problem}</Refusal>}
    </section>
  )
}
