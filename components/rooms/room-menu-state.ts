import type { Feed } from '#lib/feed/feed.ts'
import { mayRun } from '../access/may.ts'
import { resetRoom } from './reset-room.ts'

/** What the room menu shows: the list, or a step in its place. */
export type RoomMenuStep = 'menu' | 'new' | 'scene' | 'reset' | 'mine' | 'close'

/** What it begins with when it is opened next. */
let wanted: RoomMenuStep = 'menu'

export function takeWantedStep(): RoomMenuStep {
  const step = wanted
  wanted = 'menu'
  return step
}

/** The end of the accessible name of the button that opens it. */
export const ROOM_MENU_NAME = ': all rooms'

/** The accessible name of the top bar's button that says how others come into the room. */
export const SHARE_BUTTON_NAME = 'Share this room'

/** Opens that box. Answers in words what went wrong; empty when it worked. */
export async function openShareBox(): Promise<string> {
  const button = document.querySelector<HTMLButtonElement>(`button[aria-label="${SHARE_BUTTON_NAME}"]`)
  button?.click()
  return button ? '' : 'The room cannot be shared from here.'
}

/** Opens the menu at one of its steps. Answers in words what went wrong; empty when it worked. */
export async function openRoomMenu(step: RoomMenuStep): Promise<string> {
  const button = document.querySelector<HTMLButtonElement>(`button[aria-label$="${ROOM_MENU_NAME}"]`)
  if (!button) return 'The room menu is not on the screen now.'
  wanted = step
  if (button.ariaExpanded === 'true') button.click()
  button.click()
  return ''
}

/**
 * Resets the room at once, or asks first where others are. What was refused is asked again, with the reason. Answers in words
 * why this person may not.
 */
export async function resetOrAsk(feed: Feed): Promise<string> {
  const { why } = mayRun(feed, 'room:reset')
  if (why !== undefined) return why
  if (feed.views.people.length > 1) return await openRoomMenu('reset')
  return (await resetRoom(feed)) === '' ? '' : await openRoomMenu('reset')
}
