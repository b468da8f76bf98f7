import { useSyncExternalStore } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import type { Person, Shown } from '#lib/protocol/room.ts'
import { createSignal } from '#lib/util/emitter.ts'
import { currentPath } from '#lib/util/page-address.ts'
import { randomUuid } from '#lib/util/uuid.ts'

/** Whether this page leads the room, and whether it follows whoever does. */
export interface FollowState {
  leading: boolean
  following: boolean
}

/** A person who leads the room, and what that person shows. */
export type Leader = Person & { shows: Shown }

const NEITHER: FollowState = { leading: false, following: false }
const keyOf = (room: string) => `switchboard.follow.${room}`

let room = ''
let state = NEITHER
let tab: string | undefined
const changed = createSignal<void>()

function set(next: FollowState): void {
  state = next
  changed.emit()
}

/** Storage may be forbidden: then a choice lasts as long as the page. */
function stored(): string | null {
  try {
    return sessionStorage.getItem(keyOf(room))
  } catch {
    return null
  }
}

/** Turns to a room. Who came by its link follows, unless this tab has chosen otherwise before. */
export function enterFollowing(next: string): void {
  room = next
  const choice = stored()
  const cameByLink = currentPath().startsWith('/r/')
  set({ leading: false, following: choice === null ? cameByLink : choice === 'on' })
}

export function setFollowing(following: boolean): void {
  try {
    sessionStorage.setItem(keyOf(room), following ? 'on' : 'off')
  } catch {
    set({ ...state, following })
    return
  }
  set({ ...state, following })
}

export const setLeading = (leading: boolean): void => set({ ...state, leading })

export const useFollowState = (): FollowState =>
  useSyncExternalStore(
    changed.on,
    () => state,
    () => NEITHER,
  )

/** This page's own name among a person's tabs. */
export const ownTab = (): string => {
  tab ??= randomUuid()
  return tab
}

/** Whoever leads the room now, in whichever tab. */
export const leaderOf = ({ views }: Feed): Leader | undefined =>
  views.people.find((person): person is Leader => person.shows !== undefined)

/** Who leads the room, when that is not this page. */
export function otherLeader(feed: Feed): Leader | undefined {
  const leader = leaderOf(feed)
  return leader && leader.shows.tab !== ownTab() ? leader : undefined
}
