'use client'

import { useRef } from 'react'
import type { Recording } from '#lib/recording/format.ts'
import type { Replay } from '#lib/recording/replay.ts'
import { FilterNote } from '../history/filter-note.tsx'
import { Find } from '../history/find.tsx'
import { GapNote } from '../trouble/gap-note.tsx'
import { Logo } from '../ui/icon.tsx'
import { ThemeSwitch } from '../ui/theme-switch.tsx'
import { useKeys } from '../use-keys.ts'
import { useView } from '../view/view-choice.ts'
import { ViewTabs } from '../view/view-tabs.tsx'
import { viewOf } from '../view/views.ts'
import { FileButton } from './file-button.tsx'
import { Player } from './player.tsx'
import { SavePage } from './save-page.tsx'

const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

interface PlayerDeskProps {
  replay: Replay
  recording: Recording
  /** What is to be said of the file. */
  note: string
  onFile(file: File): void
}

/** The desk of a recording: the views of a room, and a player where a room has its composers. */
export function PlayerDesk({ replay, recording, note, onFile }: PlayerDeskProps) {
  const { header } = recording
  const noField = useRef<HTMLInputElement>(null)
  const { id, Body } = viewOf(useView())
  useKeys(replay.feed, noField)
  return (
    <div className="app" data-recorded="true" data-view={id}>
      <header className="topbar">
        <div className="brand">
          <Logo />
          <h1>
            <b>Switchboard</b>
            <i className="slash" aria-hidden="true" />
            <span className="room">{header.room}</span>
          </h1>
          <span className="chip">Recording of {day.format(header.startedAt)}</span>
        </div>
        <ViewTabs />
        <div className="bar-end">
          <Find room={header.room} />
          <SavePage recording={recording} note={note} />
          <FileButton label="Open another" icon="inbox" onFile={onFile} />
          <ThemeSwitch />
        </div>
      </header>
      <div className="notes">
        {note && (
          <div className="banner quiet" role="status">
            <p>{note}</p>
          </div>
        )}
        <GapNote />
        <FilterNote />
      </div>
      <Player replay={replay} />
      <Body room={header.room} />
    </div>
  )
}
