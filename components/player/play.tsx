'use client'

import '../feed/without-eval.ts'

import { useCallback, useEffect, useState } from 'react'
import type { Recording } from '#lib/recording/format.ts'
import { openReplay, type Replay } from '#lib/recording/replay.ts'
import { FeedProvider } from '../feed/feed-context.tsx'
import { requestFileFromOpener } from '../recording/open-in-player.ts'
import { readFile } from '../recording/read-file.ts'
import { yieldToBrowser } from '../recording/yield-to-browser.ts'
import { fetchLessonRecording } from '../start-here/offered-lessons.ts'
import { formatCount } from '../ui/format.ts'
import { Sprite } from '../ui/sprite.tsx'
import { recordingFaultWords } from '../words/recording.ts'
import { PlayerDesk } from './player-desk.tsx'
import { Welcome } from './welcome.tsx'

type Shown =
  | { state: 'empty'; problem: string }
  | { state: 'opening'; name: string }
  | { state: 'open'; replay: Replay; recording: Recording; note: string }

async function open(file: File): Promise<Shown> {
  const read = await readFile(file)
  if (!read.ok) return { state: 'empty', problem: recordingFaultWords(read.fault) }
  const replay = await openReplay(read.recording, { yieldNow: yieldToBrowser })
  const note =
    read.cut > 0 ? `The file ends early: ${formatCount(read.cut)} of its events are missing at the end.` : ''
  return { state: 'open', replay, recording: read.recording, note }
}

function openOrExplain(file: File): Promise<Shown> {
  return open(file).catch((error: unknown) => ({
    state: 'empty',
    problem: `The file cannot be read: ${error instanceof Error ? error.message : 'the browser refused'}`,
  }))
}

/**
 * Plays a recording from a file: the room in any view at any moment, without a broker or a server. `/play?lesson=<name>` plays
 * the recording that this server has of a lesson.
 */
export function Play() {
  const [shown, setShown] = useState<Shown>({ state: 'empty', problem: '' })
  const choose = useCallback((file: File) => {
    setShown({ state: 'opening', name: file.name })
    void openOrExplain(file).then(setShown)
  }, [])
  useEffect(() => requestFileFromOpener(choose), [choose])
  useEffect(() => {
    const lesson = new URLSearchParams(location.search).get('lesson')
    if (lesson === null) return
    setShown({ state: 'opening', name: lesson })
    fetchLessonRecording(lesson).then(choose, (error: unknown) =>
      setShown({ state: 'empty', problem: error instanceof Error ? error.message : String(error) }),
    )
  }, [choose])
  useEffect(() => (shown.state === 'open' ? shown.replay.close : undefined), [shown])

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a file may be dropped anywhere; the button does the same
    <div
      className="min-h-dvh"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault()
        const file = event.dataTransfer.files[0]
        if (file) choose(file)
      }}
    >
      <Sprite />
      {shown.state === 'open' ? (
        <FeedProvider feed={shown.replay.feed}>
          <PlayerDesk replay={shown.replay} recording={shown.recording} note={shown.note} onFile={choose} />
        </FeedProvider>
      ) : (
        <Welcome
          opening={shown.state === 'opening' ? shown.name : null}
          problem={shown.state === 'empty' ? shown.problem : ''}
          onFile={choose}
        />
      )}
    </div>
  )
}
