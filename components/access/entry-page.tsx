'use client'

import type { NoEntry } from '#lib/feed/feed.ts'
import { PEOPLE_MAX_PER_ROOM } from '#lib/protocol/limits.ts'
import { pageAddress } from '#lib/util/page-address.ts'
import { saveMe } from '../me.ts'
import { enterRoom } from '../phone/enter-room.ts'
import { JoinForm } from '../phone/join-form.tsx'
import { loadMe } from '../remembered-me.ts'
import { formatCount } from '../ui/format.ts'
import { NoticePage } from '../ui/notice-page.tsx'

const LEAD: Record<Exclude<NoEntry, 'removed' | 'full'>, string> = {
  code: 'Type the code that the presenter shows.',
  ended: 'Your pass for this room has ended. Type the code again.',
  'other-room': 'Your pass is for another room. Type the code of this one.',
}
const LINK_ENDED = 'The presenter’s link is not valid any more. Ask for a new one, or join with the code.'

interface EntryPageProps {
  why: NoEntry
  /** The page of a room that somebody who has joined is led to; without it, the room's desk. */
  addressOf?: (room: string) => string
}

/** The page of a room that takes a code. A presenter's link that has ended leads here too. */
export function EntryPage({ why, addressOf = (room) => pageAddress(`/r/${room}`) }: EntryPageProps) {
  if (why === 'removed') {
    return (
      <NoticePage title="You are not in this room any more">
        <p>A presenter has removed you. Talk to them; they can let you in again in a new room.</p>
      </NoticePage>
    )
  }
  if (why === 'full') {
    return (
      <NoticePage title="This room is full">
        <p>It holds {formatCount(PEOPLE_MAX_PER_ROOM)} people. Reload this page when somebody has left.</p>
      </NoticePage>
    )
  }
  const isLinkEnded = new URLSearchParams(location.search).get('link') === 'ended'
  const join = async (code: string, name: string): Promise<string> => {
    const entered = await enterRoom(code, name)
    if (!entered.ok) return entered.why
    saveMe({ ...loadMe(), name: entered.name })
    location.assign(addressOf(entered.room))
    return ''
  }
  return <JoinForm code="" name={loadMe().name} lead={isLinkEnded ? LINK_ENDED : LEAD[why]} onJoin={join} />
}
