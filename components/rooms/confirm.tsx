'use client'

import { type ReactNode, useState } from 'react'
import { LOBBY } from '#lib/protocol/lobby.ts'
import { pageAddress } from '#lib/util/page-address.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { BoxTitle, Hint, Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { errorWords } from '../words/errors.ts'
import { resetRoom } from './reset-room.ts'
import { roomTitle } from './room-names.ts'

interface ConfirmProps {
  title: string
  children: ReactNode
  action: string
  look: 'solid' | 'danger'
  /** Answers what went wrong in words; empty when nothing did. */
  run(): Promise<string>
  onBack(): void
}

/** Asks before something that cannot be undone, and says what was refused. */
export function Confirm({ title, children, action, look, run, onBack }: ConfirmProps) {
  const [state, setState] = useState({ busy: false, problem: '' })
  const press = async () => {
    setState({ busy: true, problem: '' })
    setState({ busy: false, problem: await run() })
  }
  return (
    <>
      <BoxTitle as="h2">{title}</BoxTitle>
      <Hint>{children}</Hint>
      {state.problem && <Refusal>{state.problem}</Refusal>}
      <div className="flex gap-2">
        <Button look={look} disabled={state.busy} onClick={() => void press()}>
          {action}
        </Button>
        <Button onClick={onBack}>Back</Button>
      </div>
    </>
  )
}

export function ResetRoom({ room, onBack, onDone }: { room: string; onBack(): void; onDone(): void }) {
  const feed = useFeed()
  const run = async () => {
    const problem = await resetRoom(feed)
    if (problem === '') onDone()
    return problem
  }
  return (
    <Confirm
      title={`Reset ${roomTitle(room)}?`}
      action="Reset this room"
      look="solid"
      run={run}
      onBack={onBack}
    >
      Its queues are emptied, its groups begin anew, and panes are clear, for everybody here. People stay;
      message numbers go on.
    </Confirm>
  )
}

export function CloseRoom({ room, onBack }: { room: string; onBack(): void }) {
  const feed = useFeed()
  const others = feed.views.people.length - 1
  if (room === LOBBY) return <Hint>The lobby stays: it is the room that everybody starts in.</Hint>
  const run = async () => {
    const reply = await feed.command('room:remove', { room })
    if (!reply.ok) return errorWords(reply.code, reply)
    location.assign(pageAddress('/'))
    return ''
  }
  return (
    <Confirm title={`Close ${room}?`} action="Close room" look="danger" run={run} onBack={onBack}>
      {others > 0 ? `${others} other${others === 1 ? ' person leaves' : ' people leave'} as well. ` : ''}
      What the room has of its own is removed from the brokers, with the messages in it. This cannot be
      undone.
    </Confirm>
  )
}
