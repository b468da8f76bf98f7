import type { SystemProfile } from '#lib/brokers/contract.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { Destination } from '#lib/protocol/room.ts'
import { formatCount } from '../ui/format.ts'
import { MODE_LABEL } from '../ui/look.ts'

/** Why a mode cannot be chosen; null where it can. */
export const modeLacking = ({ label, modes }: SystemProfile, mode: Mode): string | null =>
  modes[mode] ? null : `${label} has no ${MODE_LABEL[mode].toLowerCase()} here yet.`

/** What a mode means, in its tooltip. */
export const MODE_MEANS: Record<Mode, string> = {
  queue: 'Queue: exactly one gets each message',
  fanout: 'Fan-out: all who listen now get a copy',
  log: 'Log: kept, and read from anywhere',
}

/** A destination of that mode, in a sentence: "went to announcements, a fan-out". */
export const MODE_NOUN: Record<Mode, string> = { queue: 'a queue', fanout: 'a fan-out', log: 'a log' }

/** What a click on a mode has done, with the destination that the lane showed before: nothing was turned into anything. */
export const shownWords = (mode: Mode, name: string, before: string): string =>
  `${name}: ${MODE_NOUN[mode]} of its own. ${before} stays as it is.`

/** "3 waiting" */
export const holdsWords = ({ count, counts }: { count: number; counts: 'kept' | 'waiting' }): string =>
  `${formatCount(count)} ${counts}`

/** A lane on whose system the room has no destination. */
export const emptyLaneWords = (label: string): string =>
  `This room has no destination on ${label}. What is sent to all brokers goes to the others.`

/** Shown while a destination is being declared. */
export const makingWords = (noun: string, name: string): string => `Making ${noun} ${name}`

/** What removing a destination would do. One that was on the broker before, or has an address that a person gave, stays there. */
export function removeWords(
  noun: string,
  { name, address, existed }: Pick<Destination, 'name' | 'address' | 'existed'>,
): string {
  if (existed) {
    return `The consumers leave. The ${noun} ${name} was on the broker before, and stays there with all it holds.`
  }
  if (address !== name && !address.endsWith(`.${name}`)) {
    return `The consumers leave. The ${noun} ${address} stays on the broker with all it holds.`
  }
  return `The ${noun} ${name} goes from the broker with all it holds, and its consumers leave.`
}

/** Asks before something is changed that other programs may use. */
export const changeForeignWords = (noun: string, name: string): string =>
  `The ${noun} ${name} was on the broker before it was added here, and other programs may use it. Change it for all of them?`

/** A destination that somebody deleted on its broker. */
export function goneWords(noun: string, { name, stays }: Pick<Destination, 'name' | 'stays'>, label: string) {
  const title = `${name} is gone from ${label}`
  const what = `Somebody deleted the ${noun} there, with all it held.`
  return { title, body: stays ? `${what} It is made again by itself.` : `${what} Its consumers wait.` }
}

/** Why a destination's settings cannot be changed. */
export const fixedWords = (lacks: string | undefined, noun: string): string =>
  lacks ?? `These are fixed when the ${noun} is made.`

/** Why one of the brokers gets a message without its headers. */
export const withoutHeadersWords = (lacks: string | undefined, label: string): string =>
  `${lacks ?? `${label} carries no headers here.`} It gets the message without headers.`
