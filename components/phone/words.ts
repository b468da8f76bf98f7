import type { SettleVerb } from '#lib/protocol/command-schemas.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { Consumer, Destination } from '#lib/protocol/room.ts'
import { formatCount, plural } from '../ui/format.ts'
import type { PhoneMode } from './systems.ts'

/** What a phone says in words. */

/** A room's name as a title: "main-hall" is "Main hall". */
export function roomTitle(room: string): string {
  const words = room.replaceAll('-', ' ').trim()
  return words === '' ? room : words.charAt(0).toUpperCase() + words.slice(1)
}

export const ARRIVAL_TITLE: Record<Mode, string> = {
  queue: 'A job for you',
  fanout: 'A copy for you',
  log: 'A record for you',
}

interface ShareContext {
  mode: Mode
  modeProfile: PhoneMode
  label: string
  /** Others on the destination that could have got it. */
  others: number
  /** The group that shares the work, where there is one. */
  group: string | undefined
  /** The lesson answers for this consumer, and not the person. */
  isPart: boolean
}

/** Who else has it, and what the broker does meanwhile. */
export function shareWords(
  { mode, modeProfile, label, others, group, isPart }: ShareContext,
  isUnacked: boolean,
): string {
  const waits = isUnacked ? `: ${label} waits for ${isPart ? 'its' : 'your'} answer.` : '.'
  const noun = modeProfile.consumerNoun
  if (mode === 'fanout') return `${formatCount(others + 1)} ${noun}s: a copy for each${waits}`
  if (modeProfile.hasGroups) {
    const shared = mode === 'queue' || group === undefined ? 'the group' : `group ${group}`
    return others === 0 ? `You are all of ${shared}.` : `Nobody else in ${shared} reads your partition.`
  }
  if (mode === 'log') return `It stays in the log: every ${noun} reads it.`
  if (others === 0) return `You are the only ${noun}${waits}`
  if (others === 1) return `The other ${noun} does not have it${waits}`
  return `None of the other ${formatCount(others)} ${noun}s has it${waits}`
}

/** What each answer does to the message. */
export function consequence(
  verb: SettleVerb,
  label: string,
  mode: Mode,
  destination: Destination | null,
  seat: Consumer,
): string {
  if (verb === 'ack') return `Done. ${label} forgets it.`
  if (verb === 'requeue') return mode === 'fanout' ? 'Back in your queue.' : 'Back in the queue.'
  // Only where a consumer can read dead letters does it have a setting for what it reads.
  const keeps = destination?.settings.deadLetters === true && seat.settings.reads !== undefined
  return keeps ? 'To the dead letters.' : 'It is gone for good.'
}

export const SETTLED_WORDS: Record<SettleVerb | 'lost', string> = {
  ack: 'Acknowledged: done.',
  requeue: 'Back in the queue.',
  reject: 'Rejected.',
  lost: 'Your connection ended first.',
}

const known = (value: number | null): string => (value === null ? '?' : formatCount(value))

/** The destination's own figures, as its broker gave them. */
export function figures(facts: Facts | null, group: string | undefined): Array<[string, string]> {
  if (facts === null) return []
  if (facts.mode === 'queue') {
    return [
      ['ready', known(facts.ready)],
      ['unacked', known(facts.unacked)],
    ]
  }
  if (facts.mode === 'fanout') return [['listening', known(facts.subscribers)]]
  const mine = facts.groups.find((one) => one.group === group)
  return mine === undefined ? [] : [['lag', known(mine.lag)]]
}

/** A group with more members than partitions: who waits. */
export const idleTitle = (partitions: number, members: number, noun: string): [string, string] => [
  `${plural(partitions, 'partition')}, ${plural(members, noun)}:`,
  'you wait',
]
