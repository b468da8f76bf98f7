'use client'

import { useEffect, useRef } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import type { Shown } from '#lib/protocol/room.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { laneChoice } from '../feed/lane-choice.ts'
import { laneRefs } from '../feed/lane-ref.ts'
import { usePresenting } from '../ui/appearance.ts'
import { chooseView, currentView, isViewId, useView } from '../view/view-choice.ts'
import { leaderOf, otherLeader, ownTab, setFollowing, setLeading, useFollowState } from './follow-state.ts'

const lanesHere = (feed: Feed): Shown['lanes'] =>
  Object.fromEntries(laneRefs(feed).map(({ manifest, destination }) => [manifest.id, destination]))

/** The view and the destinations that this page shows now. */
const shownHere = (feed: Feed): Shown => ({ tab: ownTab(), view: currentView(), lanes: lanesHere(feed) })

const lanesSignature = (lanes: Shown['lanes']): string => JSON.stringify(Object.entries(lanes).sort())
const signatureOf = ({ view, lanes }: Shown): string => `${view} ${lanesSignature(lanes)}`

function show(feed: Feed, { view, lanes }: Shown): void {
  if (isViewId(view)) chooseView(view)
  for (const [system, destination] of Object.entries(lanes)) {
    const isThere = feed.views.destinations.some((one) => one.system === system && one.name === destination)
    if (isThere && shownHere(feed).lanes[system] !== destination) laneChoice.choose(system, destination)
  }
}

/** Present mode leads, unless somebody else does. */
function usePresentingLeads(): void {
  const feed = useFeed()
  const presenting = usePresenting()
  const began = useRef(false)
  useEffect(() => {
    if (presenting && !otherLeader(feed)) {
      began.current = true
      setLeading(true)
    } else if (!presenting && began.current) {
      began.current = false
      setLeading(false)
    }
  }, [feed, presenting])
}

/** Says what this page shows, while it leads; stops when somebody else leads. */
function useLeading(mine: string): void {
  const feed = useFeed()
  const { leading } = useFollowState()
  const isLive = useSlice(({ connection }) => connection.state === 'live')
  const leadingTab = useSlice((one) => leaderOf(one)?.shows.tab ?? '')
  const wasSeen = useRef(false)
  if (!leading) wasSeen.current = false
  else if (leadingTab === ownTab()) wasSeen.current = true
  const isReplaced = wasSeen.current && leadingTab !== '' && leadingTab !== ownTab()
  useEffect(() => {
    if (isReplaced) setLeading(false)
  }, [isReplaced])
  const says = isLive && leading && !isReplaced
  // biome-ignore lint/correctness/useExhaustiveDependencies: `mine` is the signature of what is said
  useEffect(() => {
    if (says) void feed.command('person:show', { shows: shownHere(feed) })
  }, [feed, says, mine])
  const said = useRef(false)
  useEffect(() => {
    if (said.current && !leading) void feed.command('person:show', { shows: null })
    said.current = leading
  }, [feed, leading])
}

/** Shows what the leader shows. Whoever chooses something else by themselves looks on their own from then on. */
function useFollower(mine: string): void {
  const feed = useFeed()
  const { leading, following } = useFollowState()
  const theirs = useSlice((one) => {
    const leader = otherLeader(one)
    return leader ? signatureOf(leader.shows) : ''
  })
  const there = useSlice(({ views }) => views.destinations.map(({ id }) => id).join(' '))
  const follows = following && !leading && theirs !== ''
  const expected = useRef<string | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: shown again when they show something else, or a destination comes
  useEffect(() => {
    const leader = follows ? otherLeader(feed) : undefined
    if (!leader) {
      expected.current = null
      return
    }
    show(feed, leader.shows)
    expected.current = signatureOf(shownHere(feed))
  }, [feed, follows, theirs, there])
  // Compared with what is shown now: `mine` is of before, where the leader's choice was taken over just above.
  // biome-ignore lint/correctness/useExhaustiveDependencies: compared whenever something else is shown here
  useEffect(() => {
    if (follows && expected.current !== null && signatureOf(shownHere(feed)) !== expected.current)
      setFollowing(false)
  }, [feed, follows, mine])
}

/** Leads the room or follows whoever leads it, as the person at this page has chosen. */
export function useFollowing(): void {
  const view = useView()
  const lanes = useSlice((feed) => lanesSignature(lanesHere(feed)))
  const mine = `${view} ${lanes}`
  usePresentingLeads()
  useLeading(mine)
  useFollower(mine)
}
