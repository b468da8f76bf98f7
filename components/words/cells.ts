import type { GhostView } from '#lib/ledger/model/trace-views.ts'
import type { DeliveryView } from '#lib/ledger/model/views.ts'
import type { CellView } from '#lib/ledger/views/matrix.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { formatLatency } from '../ui/format.ts'
import { type GhostWords, ghostWords } from './ghosts.ts'
import { ordinalWord, positionWord } from './positions.ts'
import { ENDED } from './verdicts.ts'

/** How a cell of the Matrix is drawn. Each look has one shape and one name in the legend. */
export type CellLook =
  | 'waiting'
  | 'delivered'
  | 'read'
  | 'done'
  | 'redone'
  | 'lost'
  | 'rejected'
  | 'dead'
  | 'back'
  | 'unknown'
  | 'never'
  | 'away'
  | 'coming'

export interface CellWords {
  look: CellLook
  /** Two short lines. */
  first: string
  second: string
  /** What became of the message here, in words: "waiting for ack, 4 ms, 24th". */
  fate: string
  /** The whole cell in words: "worker-2: waiting for ack, 4 ms, 24th". */
  name: string
}

/** A longer position, such as a stream's entry id, is in the cell's accessible name only. */
const POSITION_MAX_CHARS = 9

function lookOf(delivery: DeliveryView, dead: boolean): CellLook {
  switch (delivery.state) {
    case 'in-hand':
      return 'waiting'
    case 'received':
      return delivery.redelivered ? 'redone' : 'delivered'
    case 'read':
      return 'read'
    case 'acknowledged':
    case 'committed':
      return delivery.redelivered ? 'redone' : 'done'
    case 'requeued':
      return 'back'
    case 'rejected':
      return dead ? 'dead' : 'rejected'
    case 'lost':
      return 'lost'
    case 'unknown':
      return 'unknown'
    default:
      return unreachable(delivery.state)
  }
}

const STATE_NAME: Record<DeliveryView['state'], string> = {
  'in-hand': 'waiting for ack',
  received: 'delivered',
  read: 'read, not committed',
  acknowledged: 'acked',
  committed: 'committed',
  requeued: 'went back',
  rejected: 'rejected',
  lost: 'lost in a crash',
  unknown: 'what became of it is not known',
}

/** What a cell says instead of its latency, because the outcome matters more. */
const OUTCOME: Partial<Record<CellLook, string>> = {
  lost: 'crashed',
  rejected: 'rejected',
  dead: 'dead',
  back: 'went back',
  unknown: 'not known',
}

function deliveryWords(delivery: DeliveryView, dead: boolean): CellWords {
  const look = lookOf(delivery, dead)
  const latency = delivery.latencyMs === null ? null : formatLatency(delivery.latencyMs)
  const position = positionWord(delivery.address)
  const ordinal = ordinalWord(delivery.ordinal)
  const state = dead ? 'dead-lettered' : STATE_NAME[delivery.state]
  const parts = [state, delivery.redelivered ? 'redelivered' : null, latency, position ?? ordinal]
  const fate = parts.filter((part) => part !== null).join(', ')
  return {
    look,
    first: OUTCOME[look] ?? latency ?? 'outside',
    second: position !== null && position.length <= POSITION_MAX_CHARS ? position : ordinal,
    fate,
    name: `${delivery.consumer}: ${fate}`,
  }
}

/** How an absent delivery is drawn, and the reason for it in a word. */
const ABSENT: Record<GhostView['why'], [CellLook, string]> = {
  'absent-gone': ['away', 'away'],
  'absent-waits': ['away', 'waits'],
  'sent-before-joining': ['away', 'not here yet'],
  'started-after': ['away', 'starts after'],
  'position-beyond': ['away', 'past it'],
  paused: ['away', 'paused'],
  rebalancing: ['coming', 'sharing out'],
  waiting: ['coming', 'coming'],
  'held-up': ['coming', 'held up'],
  'other-consumer': ['never', 'taken by'],
  'other-partition': ['never', 'in another'],
  'crashed-holding': ['never', 'crashed'],
  'not-routed': ['never', 'not meant'],
  aborted: ['never', 'aborted'],
  refused: ['never', 'refused'],
  returned: ['never', 'came back'],
  unheard: ['never', 'unheard'],
  uncertain: ['never', 'not known'],
  'left-unseen': ['never', 'left unseen'],
  ended: ['never', 'ended'],
  'not-sent-here': ['never', ''],
}

/** Whom or what that word is about. */
function absentAbout(ghost: GhostView): string {
  switch (ghost.why) {
    case 'other-consumer':
      return ghost.consumer
    case 'other-partition':
      return ghost.owner ?? 'nobody'
    case 'crashed-holding':
      return ghost.now ?? 'nobody yet'
    default:
      return ''
  }
}

function ghostCell(ghost: GhostView, words: GhostWords): CellWords {
  const [look, word] = ABSENT[ghost.why]
  const first = ghost.why === 'other-partition' ? `in p${ghost.partition} of` : word
  const reason = ghostWords(ghost, words) ?? 'not sent here'
  const prefix = look === 'never' ? 'never' : first
  // A reason that contains the short word needs no prefix.
  const fate = reason.includes(prefix) ? reason : `${prefix}: ${reason}`
  return { look, first, second: absentAbout(ghost), fate, name: `${words.consumer}: ${fate}` }
}

/** What a cell shows; null where there is nothing to say. */
export function cellWords(cell: CellView, words: GhostWords): CellWords | null {
  switch (cell.kind) {
    case 'delivery':
      return deliveryWords(cell.delivery, cell.dead)
    case 'ghost':
      return ghostCell(cell.ghost, words)
    case 'none':
      return null
    default:
      return unreachable(cell)
  }
}

/** One text for all consumers of a lane, where none of them could get a message: "not sent to Redis". */
export function everyCellWords(ghost: GhostView, label: string): string {
  switch (ghost.why) {
    case 'not-sent-here':
      return `not sent to ${label}`
    case 'refused':
      return `refused by ${label}`
    case 'returned':
      return 'came back: nowhere to put it'
    case 'unheard':
      return 'heard by nobody'
    case 'uncertain':
      return 'may or may not have arrived'
    case 'left-unseen':
      return 'left unseen'
    case 'ended':
      return ENDED[ghost.how]
    default:
      return ''
  }
}
