'use client'

import { useEffect, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import type { CommandName } from '#lib/protocol/command-table.ts'
import { LOBBY } from '#lib/protocol/lobby.ts'
import type { ListedRoom } from '#lib/protocol/room-making-commands.ts'
import { pageAddress } from '#lib/util/page-address.ts'
import { useMay } from '../access/use-may.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { showLessonList } from '../start-here/lesson-panel-state.ts'
import { Refusal } from '../ui/box-text.tsx'
import { download } from '../ui/download.ts'
import { Icon, type IconName } from '../ui/icon.tsx'
import { errorWords } from '../words/errors.ts'
import { CloseRoom, ResetRoom } from './confirm.tsx'
import { DeleteMine } from './delete-mine.tsx'
import { NewRoom } from './new-room.tsx'
import { openShareBox, takeWantedStep } from './room-menu-state.ts'
import { peopleHereWords, roomTitle } from './room-names.ts'

const LINE =
  'grid min-h-9 w-full grid-cols-[20px_minmax(0,1fr)_auto] items-center gap-2.5 rounded-2 px-3 text-left no-underline hover:bg-hover max-700:min-h-tap'

interface ItemProps {
  icon: IconName
  what: string
  aside?: string
  danger?: boolean
  /** What it leads to. */
  command: CommandName
  onClick(): void
}

function Item({ icon, what, aside, danger = false, command, onClick }: ItemProps) {
  const { allowed, why } = useMay(command)
  return (
    <button
      type="button"
      className={`${LINE} disabled:opacity-50 ${danger ? 'text-bad' : 'text-ink'}`}
      title={why}
      disabled={!allowed}
      onClick={onClick}
    >
      <Icon name={icon} />
      <span className="min-w-0 truncate">{what}</span>
      {aside && <span className="text-ink-2 text-xs">{aside}</span>}
    </button>
  )
}

const RoomLine = ({ listed, isHere }: { listed: ListedRoom; isHere: boolean }) => (
  <a
    className={`${LINE} text-ink ${isHere ? 'bg-hover font-strong' : ''}`}
    href={listed.room === LOBBY ? pageAddress('/') : pageAddress(`/r/${listed.room}`)}
    aria-current={isHere ? 'page' : undefined}
    title={listed.lesson}
  >
    {isHere ? <Icon name="check" /> : <i />}
    <span className="min-w-0 truncate">{roomTitle(listed.room)}</span>
    <span className="text-ink-2 text-xs">{peopleHereWords(listed.people)}</span>
  </a>
)

/** Saves the room as it is now. Answers what went wrong; empty when nothing did. */
async function saveScene(feed: Feed, room: string): Promise<string> {
  const reply = await feed.command('room:scene', {})
  if (!reply.ok) return errorWords(reply.code, reply)
  download(`${room}.yaml`, 'application/yaml', [reply.value.file])
  return ''
}

/** The rooms there are, asked for when the menu opens; `problem` is what went wrong with the menu last. */
function useRooms(room: string) {
  const feed = useFeed()
  const [rooms, setRooms] = useState<readonly ListedRoom[]>([])
  const [problem, setProblem] = useState('')
  const mayList = useMay('room:list').allowed
  useEffect(() => {
    let isOpen = true
    // Whoever came by a code knows of one room: theirs.
    if (!mayList) {
      setRooms([{ room, people: feed.views.people.length }])
      return
    }
    void feed.command('room:list', {}).then((reply) => {
      if (!isOpen) return
      if (reply.ok) setRooms(reply.value.rooms)
      else setProblem(errorWords(reply.code, reply))
    })
    return () => {
      isOpen = false
    }
  }, [feed, room, mayList])
  return { rooms, problem, setProblem }
}

/** All rooms with who is there, and what can be done with rooms. Steps of more than one press take the menu's place. */
export function RoomMenuBox({ room, close }: { room: string; close(): void }) {
  const feed = useFeed()
  const [shown, setShown] = useState(takeWantedStep)
  const { rooms, problem, setProblem } = useRooms(room)
  const back = () => setShown('menu')
  const names = rooms.map((one) => one.room)
  if (shown === 'new' || shown === 'scene')
    return <NewRoom taken={names} ofScene={shown === 'scene'} onBack={back} />
  if (shown === 'reset') return <ResetRoom room={room} onBack={back} onDone={close} />
  if (shown === 'mine') return <DeleteMine onBack={back} onDone={close} />
  if (shown === 'close') return <CloseRoom room={room} onBack={back} />
  const others = feed.views.people.length
  return (
    <div className="-m-2 grid gap-1">
      <h2 className="px-3 py-1 font-text text-ink-3 text-xs">Rooms</h2>
      <ul className="max-h-[40dvh] overflow-auto" aria-label="Rooms">
        {rooms.map((listed) => (
          <li key={listed.room}>
            <RoomLine listed={listed} isHere={listed.room === room} />
          </li>
        ))}
      </ul>
      {problem && <Refusal className="px-3">{problem}</Refusal>}
      <hr className="mx-3 my-1 border-line" />
      <Item icon="plus" what="New room" command="room:create" onClick={() => setShown('new')} />
      <Item icon="screen" what="From a scene…" command="room:create" onClick={() => setShown('scene')} />
      <Item
        icon="share"
        what="Share this room"
        command="access:share"
        onClick={() => {
          close()
          void openShareBox()
        }}
      />
      <Item
        icon="play"
        what="Lessons…"
        command="lesson:list"
        onClick={() => {
          close()
          showLessonList()
        }}
      />
      <Item
        icon="download"
        what="Save as a scene file"
        command="room:scene"
        onClick={() => void saveScene(feed, room).then(setProblem)}
      />
      <Item
        icon="rewind"
        what="Reset this room"
        aside="Shift+R"
        command="room:reset"
        onClick={() => setShown('reset')}
      />
      <Item
        icon="x"
        what="Delete what is mine"
        command="destination:remove"
        danger
        onClick={() => setShown('mine')}
      />
      {room !== LOBBY && (
        <>
          <hr className="mx-3 my-1 border-line" />
          <Item
            icon="x"
            what="Close room"
            command="room:remove"
            aside={others === 1 ? 'only you are here' : `${others} people leave`}
            danger
            onClick={() => setShown('close')}
          />
        </>
      )}
    </div>
  )
}
