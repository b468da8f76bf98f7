'use client'

import { pageAddress } from '#lib/util/page-address.ts'
import '../feed/without-eval.ts'

import { EntryPage } from '../access/entry-page.tsx'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { laneRefs, laneRefsSignature } from '../feed/lane-ref.ts'
import { useFollowing } from '../follow/use-following.ts'
import { RoomFeed } from '../room-feed.tsx'
import { NoRoom } from '../trouble/no-room.tsx'
import { QuestionStrip } from './question-strip.tsx'
import { SeatBlock } from './seat-block.tsx'
import { StageTop } from './stage-top.tsx'
import { useStageKeys } from './use-stage-keys.ts'

const STAGE_WIDTH = 1920
const MARGIN = 40
const GAP = 20
/** Beside a map within its block: the block's padding and border. */
const BLOCK_INSET = 50
/** A block's height less its head, its score, its key and its padding. */
const MAP_HEIGHT = 274

const mapWidth = (lanes: number): number =>
  Math.floor((STAGE_WIDTH - 2 * MARGIN - (lanes - 1) * GAP) / lanes) - BLOCK_INSET

function Drawing({ room }: { room: string }) {
  const feed = useFeed()
  const line = useSlice((one) => one.connection.state)
  useSlice(laneRefsSignature)
  useFollowing()
  useStageKeys(feed)
  const lanes = laneRefs(feed)
  const { connection } = feed
  if (connection.state === 'no-entry') {
    return <EntryPage why={connection.why} addressOf={(entered) => pageAddress(`/r/${entered}/stage`)} />
  }
  if (line === 'no-room') return <NoRoom room={room} />
  const size = { width: mapWidth(Math.max(1, lanes.length)), height: MAP_HEIGHT }
  return (
    <div className="fixed inset-0 overflow-hidden">
      <div
        className="stage grid grid-cols-[minmax(0,1fr)] grid-rows-[232px_548px_minmax(0,1fr)] gap-5 px-10 py-6 text-md"
        data-scale="stage"
      >
        <StageTop room={room} lanes={lanes} />
        <main
          className="grid grid-flow-col gap-5"
          style={{ gridAutoColumns: 'minmax(0, 1fr)' }}
          aria-label="Seat map"
        >
          {lanes.map((lane) => (
            <SeatBlock key={`${lane.manifest.id} ${lane.destination}`} lane={lane} size={size} />
          ))}
          {lanes.length === 0 && (
            <p className="place-self-center text-ink-2 text-lg">This room has no destinations.</p>
          )}
        </main>
        <QuestionStrip lanes={lanes} />
        {line === 'offline' && (
          <p
            className="absolute inset-x-0 bottom-0 bg-bad text-center font-strong text-on-bad text-xs"
            role="alert"
          >
            The dashboard is not answering: this is how it was.
          </p>
        )}
      </div>
    </div>
  )
}

/** What a hall sees of a room, on a projector. Opens the feed when it appears and closes it when it goes. */
export function Stage({ room }: { room: string }) {
  return (
    <RoomFeed room={room}>
      <Drawing room={room} />
    </RoomFeed>
  )
}
