'use client'

import { usePageKeys } from './actions/use-page-keys.ts'
import './feed/without-eval.ts'

import { memo, Suspense, useEffect, useRef, useState } from 'react'
import type { RoomPicture } from '#lib/ledger/model/room-picture.ts'
import { LOBBY } from '#lib/protocol/lobby.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { Overlays } from './actions/overlays.tsx'
import { useFeed, useSlice } from './feed/feed-context.tsx'
import { useFollowing } from './follow/use-following.ts'
import { GuideBar } from './guide/guide-bar.tsx'
import { useHeldGuard } from './held-guard.ts'
import { FilterNote } from './history/filter-note.tsx'
import { useInspector } from './inspector/inspector-state.ts'
import { RoomFeed } from './room-feed.tsx'
import { SendAll } from './send/send-all.tsx'
import { SkipLinks } from './skip-links.tsx'
import { LessonLink } from './start-here/lesson-link.tsx'
import { usePanel } from './start-here/lesson-panel-state.ts'
import { TopBar } from './topbar/topbar.tsx'
import { ConnectionBanner } from './trouble/connection-banner.tsx'
import { GapNote } from './trouble/gap-note.tsx'
import { NoRoom } from './trouble/no-room.tsx'
import { fetchPartsWhenIdle, onDemand } from './ui/on-demand.tsx'
import { chooseView, useView } from './view/view-choice.ts'
import { type View, type ViewProps, viewOf } from './view/views.ts'

const EntryPage = onDemand(async () => (await import('./access/entry-page.tsx')).EntryPage)
const LessonPanel = onDemand(async () => (await import('./lesson/lesson-panel.tsx')).LessonPanel)
const Inspector = onDemand(async () => (await import('./inspector/inspector.tsx')).Inspector)

interface TakenOver {
  /** React has taken over what the server drew of the view, with what was typed into it. */
  onTakenOver(): void
}

function NoticeTakenOver({ onTakenOver }: TakenOver) {
  useEffect(onTakenOver, [onTakenOver])
  return null
}

/** Renders again only for another view: an update before React has taken it over would throw away what the server drew. */
const ShownView = memo(({ Body, onTakenOver, ...props }: ViewProps & Pick<View, 'Body'> & TakenOver) => (
  <Suspense>
    <Body {...props} />
    <NoticeTakenOver onTakenOver={onTakenOver} />
  </Suspense>
))

function Room({ room, onTakenOver }: { room: string } & TakenOver) {
  const field = useRef<HTMLTextAreaElement>(null)
  const line = useSlice((feed) => feed.connection.state)
  const feed = useFeed()
  const { id, Body, hasComposer } = viewOf(useView())
  usePageKeys(feed, field)
  useHeldGuard(feed)
  useFollowing()
  const inspecting = useInspector().open
  const run = useSlice(({ views }) => views.lesson?.run ?? null)
  const panel = usePanel(run)
  useEffect(() => {
    if (line === 'live') void fetchPartsWhenIdle()
  }, [line])
  const { connection } = feed
  if (connection.state === 'no-entry') return <EntryPage why={connection.why} />
  if (line === 'no-room') return <NoRoom room={room} lesson={feed.views.lesson} />
  return (
    <div className="app" data-line={line} data-view={id}>
      <SkipLinks />
      <TopBar room={room} />
      <div className="empty:hidden">
        {room === LOBBY && <LessonLink />}
        <ConnectionBanner />
        <GapNote />
        <FilterNote />
      </div>
      {panel === 'nothing' && <GuideBar onShowPanes={() => chooseView('panes')} />}
      {!hasComposer && <SendAll field={field} />}
      <ShownView Body={Body} room={room} field={field} onTakenOver={onTakenOver} />
      {panel !== 'nothing' && <LessonPanel room={room} />}
      {inspecting && <Inspector />}
      <Overlays />
    </div>
  )
}

interface RoomPageProps {
  room: string
  /** What the server knows of it, where whoever asks may see that. */
  picture: RoomPicture | undefined
}

/** The page of one room. */
export function RoomPage({ room, picture }: RoomPageProps) {
  const [{ takenOver, onTakenOver }] = useState(() => {
    const { promise, resolve } = createDeferred<void>()
    return { takenOver: () => promise, onTakenOver: () => resolve() }
  })
  return (
    <RoomFeed room={room} after={takenOver} picture={picture}>
      <Room room={room} onTakenOver={onTakenOver} />
    </RoomFeed>
  )
}
