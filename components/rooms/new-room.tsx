'use client'

import { type FormEvent, useId, useState } from 'react'
import { SCENE_FILE_MAX_CHARS } from '#lib/protocol/limits.ts'
import { roomNameSchema } from '#lib/protocol/names.ts'
import { pageAddress } from '#lib/util/page-address.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { BoxTitle, Hint, Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { fileRefusalWords } from '../words/errors.ts'
import { suggestedRoomName } from './room-names.ts'

type MadeOf = 'classic' | 'empty' | 'file'

const MADE_OF: Record<MadeOf, [name: string, means: string]> = {
  classic: ['The classic three', 'a queue, a channel and a log'],
  empty: ['Empty', 'destinations are added by hand'],
  file: ['A scene file', 'YAML, as saved from a room'],
}

const FIELD =
  'h-control w-full rounded-2 border border-line-control bg-surface px-2.5 text-ink max-700:min-h-tap'

/** Makes a room of a scene and goes there. Its name is suggested. */
export function NewRoom({
  taken,
  ofScene,
  onBack,
}: {
  taken: readonly string[]
  ofScene: boolean
  onBack(): void
}) {
  const feed = useFeed()
  const id = useId()
  const [name, setName] = useState(() => suggestedRoomName(taken))
  const [madeOf, setMadeOf] = useState<MadeOf>(ofScene ? 'file' : 'classic')
  const [file, setFile] = useState<File | null>(null)
  const [state, setState] = useState({ busy: false, problem: '' })

  async function make(): Promise<string> {
    const room = roomNameSchema.safeParse(name.trim())
    if (!room.success) return `A name has ${room.error.issues[0]?.message ?? 'other characters'}.`
    if (taken.includes(room.data)) return `There is a room ${room.data} already.`
    if (madeOf === 'file' && file === null) return 'Choose a scene file first.'
    if (file !== null && file.size > SCENE_FILE_MAX_CHARS) return 'The file is too large for a scene.'
    const start =
      madeOf === 'file' && file !== null
        ? { sceneFile: await file.text() }
        : { scene: madeOf === 'empty' ? 'empty' : 'classic' }
    const reply = await feed.command('room:create', { room: room.data, ...start } as { room: string })
    if (!reply.ok) return fileRefusalWords(reply)
    location.assign(pageAddress(`/r/${room.data}`))
    return ''
  }

  async function submit(event: FormEvent) {
    event.preventDefault()
    setState({ busy: true, problem: '' })
    setState({ busy: false, problem: await make() })
  }

  return (
    <form className="grid gap-3" onSubmit={(event) => void submit(event)}>
      <BoxTitle as="h2">{ofScene ? 'A room of a scene' : 'New room'}</BoxTitle>
      <label className="grid gap-1 fs-sm" htmlFor={`${id}-name`}>
        Name
        <input
          id={`${id}-name`}
          className={FIELD}
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={32}
          autoComplete="off"
          spellCheck={false}
        />
      </label>
      <fieldset className="grid gap-1">
        <legend className="mb-1 fs-sm">Made of</legend>
        {(Object.entries(MADE_OF) as Array<[MadeOf, [string, string]]>).map(([value, [words, means]]) => (
          <label key={value} className="flex min-h-tap items-center gap-2 fs-sm">
            <input
              type="radio"
              name={`${id}-made-of`}
              checked={madeOf === value}
              onChange={() => setMadeOf(value)}
            />
            <span>
              {words}
              <span className="text-ink-2 text-xs">: {means}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {madeOf === 'file' && (
        <input
          type="file"
          aria-label="Scene file"
          accept=".yaml,.yml,application/yaml,text/yaml"
          className="w-full fs-sm"
          onChange={(event) => setFile(event.target.files?.[0] ?? null)}
        />
      )}
      <Hint>A room that nobody visits for a day is closed.</Hint>
      {state.problem && <Refusal className="whitespace-pre-wrap">{state.problem}</Refusal>}
      <div className="flex gap-2">
        <Button look="solid" type="submit" disabled={state.busy}>
          Make the room
        </Button>
        <Button onClick={onBack}>Back</Button>
      </div>
    </form>
  )
}
