'use client'

import { useRef } from 'react'
import type { Recording } from '#lib/recording/format.ts'
import type { Replay } from '#lib/recording/replay.ts'
import { Overlays } from '../actions/overlays.tsx'
import { usePageKeys } from '../actions/use-page-keys.ts'
import { FilterNote } from '../history/filter-note.tsx'
import { Find } from '../history/find.tsx'
import { RecordedLesson, useLessonNow } from '../lesson/recorded-lesson.tsx'
import { FileButton } from '../recording/file-button.tsx'
import { SavePage } from '../recording/save-page.tsx'
import { SkipLinks } from '../skip-links.tsx'
import { showRoomLesson, usePanel } from '../start-here/lesson-panel-state.ts'
import { GapNote } from '../trouble/gap-note.tsx'
import { Banner } from '../ui/banner.tsx'
import { Button } from '../ui/button.tsx'
import { Chip } from '../ui/chip.tsx'
import { ThemeSwitch } from '../ui/theme-switch.tsx'
import { Bar } from '../view/bar.tsx'
import { useView } from '../view/view-choice.ts'
import { viewOf } from '../view/views.ts'
import { Player } from './player.tsx'

const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

interface PlayerDeskProps {
  replay: Replay
  recording: Recording
  /** A remark about the file, such as that it ends early. */
  note: string
  onFile(file: File): void
}

/** The page of a recording: the views of a room, with a player in the place of the composers. */
export function PlayerDesk({ replay, recording, note, onFile }: PlayerDeskProps) {
  const { header } = recording
  const noField = useRef<HTMLTextAreaElement>(null)
  const { id, Body } = viewOf(useView())
  usePageKeys(replay.feed, noField)
  const lesson = useLessonNow()
  const panel = usePanel(lesson?.run ?? null)
  return (
    <div className="app" data-recorded="true" data-view={id}>
      <SkipLinks />
      <Bar
        room={header.room}
        beside={
          <Chip className="bg-hover text-ink max-700:hidden">
            Recording of {day.format(header.startedAt)}
          </Chip>
        }
        end={
          <>
            {lesson && panel !== 'lesson' && (
              <Button size="sm" onClick={showRoomLesson}>
                Show the lesson
              </Button>
            )}
            <Find room={header.room} />
            <SavePage recording={recording} note={note} />
            <FileButton label="Open another" icon="inbox" onFile={onFile} />
            <ThemeSwitch />
          </>
        }
      />
      <div className="empty:hidden">
        {note && (
          <Banner quiet>
            <p>{note}</p>
          </Banner>
        )}
        <GapNote />
        <FilterNote />
      </div>
      {/* Of its own, so that it gives way to a drawer as the views do. */}
      <div>
        <Player replay={replay} />
      </div>
      <Body room={header.room} />
      {lesson && panel === 'lesson' && <RecordedLesson replay={replay} state={lesson} />}
      <Overlays />
    </div>
  )
}
