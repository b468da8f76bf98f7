import type { KeptView } from '#lib/ledger/model/trace-views.ts'
import type { Score } from '#lib/protocol/vote.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { formatCount, plural } from '../ui/format.ts'

/** How a seat is drawn. `lit`: its consumer has the traced message. `idle`: it reads, and no partition is its own. */
export type SeatState = 'empty' | 'live' | 'lit' | 'holding' | 'paused' | 'away' | 'crashed' | 'idle'

/** The states that the key counts, in this order, by their words. */
export const KEY_STATES = [
  'holding',
  'paused',
  'idle',
  'away',
  'crashed',
] as const satisfies readonly SeatState[]

export interface SeatWords {
  /** "worker-36" */
  consumer: string
  /** Whose phone it is. */
  owner?: string | undefined
  group?: string | undefined
  state: SeatState
  /** "#7" */
  message: string
  /** How many messages it holds. */
  holding: number
  /** How many phones play it; absent where nobody plays a part. */
  phones?: number | undefined
}

function stateWords({ state, message, holding }: SeatWords): string {
  switch (state) {
    case 'lit':
      return `got ${message}`
    case 'holding':
      return `holding ${formatCount(holding)}`
    case 'idle':
      return 'idle, owns no partition'
    case 'live':
      return 'listening'
    default:
      return state
  }
}

/** A seat's name for those who cannot see it: "worker-36 of Ada, got #7", "worker-1, holding 1, played by 9 phones". */
export function seatWords(words: SeatWords): string {
  const { consumer, owner, group, phones } = words
  const who = `${consumer}${owner === undefined ? '' : ` of ${owner}`}${group === undefined ? '' : ` in ${group}`}`
  return `${who}, ${stateWords(words)}${phones === undefined ? '' : `, played by ${plural(phones, 'phone')}`}`
}

export const EMPTY_SEAT = 'an empty seat'

/** Consecutive partitions as a range: "p0", "p0–2". What does not fit into a seat is a count: "5p". */
export function partitionMark(partitions: readonly number[], maxChars: number): string {
  if (partitions.length === 0) return ''
  const sorted = [...partitions].sort((a, b) => a - b)
  const [first, last] = [sorted[0] ?? 0, sorted.at(-1) ?? 0]
  const isRange = last - first === sorted.length - 1
  const mark = sorted.length === 1 ? `p${first}` : `p${first}–${last}`
  return (sorted.length === 1 || isRange) && mark.length <= maxChars ? mark : `${sorted.length}p`
}

/** What a group's line says of the traced message: who got it, or how many. */
export function groupGot(names: readonly string[], of: number): string {
  if (names.length === 0) return ''
  return names.length === 1
    ? `${names[0]} got it`
    : `${formatCount(names.length)} of ${formatCount(of)} got it`
}

/** "21 idle, 3 partitions per group": why there is nothing for them. */
export const idleWords = (partitions: number): string =>
  partitions === 0 ? 'idle' : `idle, ${plural(partitions, 'partition')} per group`

/** "worker-2: 9 phones, coroner: 1 phone": who plays consumers that are not on the map. */
export const playersWords = (parts: readonly (readonly [name: string, phones: number])[]): string =>
  parts.map(([name, phones]) => `${name}: ${plural(phones, 'phone')}`).join(', ')

/** "12 still voting"; null where nobody is known to be. */
export const stillVoting = (phones: number, voted: number): string | null =>
  phones > voted ? `${formatCount(phones - voted)} still voting` : null

/** What becomes of one text sent to several brokers: "sent once to each broker". */
export function sentToWords(systems: readonly string[], outside: boolean): string {
  if (outside) return 'from outside'
  return systems.length > 1 ? 'sent once to each broker' : 'sent once'
}

/** "Ahead: Ada 3 of 3, Grace 2 of 3": the best of the room's questions so far. */
export const leadersWords = (scores: readonly Score[]): string =>
  `Ahead: ${scores.map(({ name, right, of }) => `${name} (${right} of ${of})`).join(', ')}`

/** What the broker still keeps of the traced message, in a few words. */
function keptWords(kept: KeptView | null, label: string): string {
  switch (kept?.where) {
    case undefined:
    case 'unknown':
      return ''
    case 'nowhere':
      return `${label} stored nothing.`
    case 'ready':
    case 'queues':
    case 'log':
    case 'settled':
      return `${label} keeps it.`
    case 'unacked':
      return `${label} keeps it until the ack.`
    case 'dead-letters':
      return 'It is a dead letter.'
    default:
      return unreachable(kept)
  }
}

/**
 * What stands under a seat map in which no seat has another state to explain: "Nobody is away. Redis stored nothing." `off`:
 * the broker's status in a word, where it is not up.
 */
export function allHereWords(
  seats: number,
  kept: KeptView | null,
  lane: { label: string; noun: string; off?: string },
): string {
  if (lane.off !== undefined) return `${lane.label} is ${lane.off}: nobody gets anything from it.`
  const who = seats === 0 ? `No ${lane.noun} yet.` : 'Nobody is away.'
  return `${who} ${keptWords(kept, lane.label)}`.trim()
}
