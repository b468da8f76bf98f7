'use client'

import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { Button } from '../ui/button.tsx'
import { Face } from '../ui/face.tsx'
import { FoldingWord } from '../ui/folding.tsx'
import { otherLeader, setFollowing, setLeading, useFollowState } from './follow-state.ts'

/** Shows what the one who leads the room shows, or looks on one's own: there while somebody else leads. */
export function FollowButton() {
  useSlice((feed) => {
    const leader = otherLeader(feed)
    return leader && `${leader.id} ${leader.name} ${leader.colour}`
  })
  const { following } = useFollowState()
  const feed = useFeed()
  const leader = otherLeader(feed)
  if (!leader) return null
  const whose = leader.id === feed.me.id ? 'your other tab' : leader.name
  const words = following ? `You see what ${whose} shows` : `${whose} leads: follow to see what they show`
  return (
    <>
      <Button
        className="flex-none gap-1.5 px-2 max-700:min-h-tap"
        aria-pressed={following}
        title={words}
        onClick={() => setFollowing(!following)}
      >
        <Face name={leader.name} colour={leader.colour} className="-my-1" />
        <span aria-hidden="true">
          <FoldingWord>Follow</FoldingWord>
        </span>
        <span className="vh">Follow {whose}</span>
      </Button>
      <span className="vh" role="status" aria-label="Who leads">
        {words}
      </span>
    </>
  )
}

/** Begins and ends to lead: those who follow see what this page shows. */
export function LeadButton() {
  const { leading } = useFollowState()
  return (
    <Button aria-pressed={leading} onClick={() => setLeading(!leading)}>
      Show them what I show
    </Button>
  )
}
