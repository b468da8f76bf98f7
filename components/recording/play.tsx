'use client'

import { useCallback, useEffect, useState } from 'react'
import type { Recording } from '#lib/recording/format.ts'
import { openReplay, type Replay } from '#lib/recording/replay.ts'
import { FeedProvider } from '../feed/feed-context.tsx'
import { formatCount } from '../ui/format.ts'
import { Sprite } from '../ui/sprite.tsx'
import { recordingFaultWords } from '../words/recording.ts'
import { askOpener } from './hand-over.ts'
import { breathe, readFile } from './open-file.ts'
import { PlayerDesk } from './player-desk.tsx'
import { Welcome } from './welcome.tsx'

type Shown =
  | { is: 'nothing'; problem: string }
  | { is: 'opening'; name: string }
  | { is: 'open'; replay: Replay; recording: Recording; note: string }

async function open(file: File): Promise<Shown> {
  const read = await readFile(file)
  if (!read.ok) return { is: 'nothing', problem: recordingFaultWords(read.fault) }
  const replay = await openReplay(read.recording, { breathe })
  const note =
    read.cut > 0 ? `The file ends early: ${formatCount(read.cut)} of its events are missing at the end.` : ''
  return { is: 'open', replay, recording: read.recording, note }
}

function openOrSay(file: File): Promise<Shown> {
  return open(file).catch((error: unknown) => ({
    is: 'nothing',
    problem: `The file cannot be read: ${error instanceof Error ? error.message : 'the browser refused'}`,
  }))
}

/** A recording, opened from a file: the room in any view, at any moment of it, with no broker and no server behind it. */
export function Play() {
  const [shown, setShown] = useState<Shown>({ is: 'nothing', problem: '' })
  const choose = useCallback((file: File) => {
    setShown({ is: 'opening', name: file.name })
    void openOrSay(file).then(setShown)
  }, [])
  useEffect(() => askOpener(choose), [choose])
  useEffect(() => (shown.is === 'open' ? shown.replay.close : undefined), [shown])

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a file may be dropped anywhere; the button does the same
    <div
      className="play"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault()
        const file = event.dataTransfer.files[0]
        if (file) choose(file)
      }}
    >
      <Sprite />
      {shown.is === 'open' ? (
        <FeedProvider feed={shown.replay.feed}>
          <PlayerDesk replay={shown.replay} recording={shown.recording} note={shown.note} onFile={choose} />
        </FeedProvider>
      ) : (
        <Welcome
          opening={shown.is === 'opening' ? shown.name : null}
          problem={shown.is === 'nothing' ? shown.problem : ''}
          onFile={choose}
        />
      )}
    </div>
  )
}
