import { unreachable } from '#lib/util/unreachable.ts'
import { queueDrainedAt } from '../counters/queue-drained.ts'
import { receiptAt, wasAborted } from '../model/receipts.ts'
import type { Arrival, DestinationRecord, Life } from '../model/records.ts'
import type { GhostView, VerdictView } from '../model/trace-views.ts'
import { keepsForAbsent, modeOf } from '../store/destinations.ts'
import { arrivalsOf } from '../store/messages.ts'
import { fatesOf, groupOf } from './fates.ts'
import { receiptOf } from './messages.ts'
import { groupProgress } from './positions.ts'
import type { Recipient, Recipients } from './recipients.ts'

type Got = Extract<VerdictView, { kind: 'got' }>

/** How far one message reached: who is due it, who got it, and why the others did not. */
interface Reach {
  due: readonly Recipient[]
  got: readonly Recipient[]
  ghosts: ReadonlyMap<Recipient, GhostView>
}

/** Who of all that are due the message got it, in one answer. */
export function verdictOf(
  destination: DestinationRecord,
  life: Life,
  recipients: Recipients,
  ghosts: ReadonlyMap<Recipient, GhostView>,
): VerdictView {
  const { number } = life.message.content
  const due = recipients.all.filter((recipient) => isDue(destination, recipients, recipient))
  const reach: Reach = { due, got: due.filter(({ has }) => has !== null), ghosts }
  if (reach.got.length > 0) return gotVerdict(destination, life, reach)
  if (life.ended) return { kind: 'ended', number, end: life.ended }
  const receipt = receiptOf(life)
  const of = due.length
  switch (receipt.state) {
    case 'refused':
    case 'returned':
    case 'uncertain':
      return { kind: receipt.state, number, reason: receipt.reason }
    case 'unheard':
      return { kind: 'unheard', number, of }
    case 'pending':
      return { kind: 'waiting', number }
    case 'published':
    case 'outside':
      return notHere(destination, life, reach)
    default:
      return unreachable(receipt)
  }
}

/**
 * A consumer is due a message when it had joined before the message passed, also when it was away just then. What nobody
 * has of a queue is due to whoever is there now.
 */
const isDue = (destination: DestinationRecord, { all }: Recipients, recipient: Recipient): boolean =>
  recipient.hadJoined || (modeOf(destination) === 'queue' && all.every(({ has }) => has === null))

/** The broker has it or had it, and none of our consumers does. */
function notHere(destination: DestinationRecord, life: Life, reach: Reach): VerdictView {
  const { number } = life.message.content
  const { due } = reach
  const of = due.length
  if (wasAborted(life)) return { kind: 'aborted', number }
  if (!keepsForAbsent(destination)) return notKept(destination, life, reach)
  if (leftUnseen(destination, life)) return { kind: 'left-unseen', number }
  const groups = groupsBeyond(destination, life, reach)
  const all = of > 0 && due.map(groupOf).every((group) => group !== undefined && groups.includes(group))
  return all ? { kind: 'passed', number, of, groups } : { kind: 'stored', number, of }
}

/** The verdict on a message that none of ours has, where nothing is kept for those who are away. */
function notKept(destination: DestinationRecord, life: Life, { due, ghosts }: Reach): VerdictView {
  const { number } = life.message.content
  const of = due.length
  const fates = fatesOf(destination, due, ghosts, [])
  const isMissed = fates.every(({ fate }) => fate === 'missed')
  if (isMissed && keepsUnheard(destination)) return { kind: 'stored', number, of }
  if (isMissed && due.every(({ wasPresent }) => !wasPresent)) {
    const heardBy = life.receipt?.kind === 'published' ? (life.receipt.heardBy ?? null) : null
    return { kind: 'elsewhere', number, of, heardBy }
  }
  const isComing = fates.every(({ fate }) => fate === 'coming')
  return isComing ? { kind: 'waiting', number } : { kind: 'nobody', number, of, fates }
}

/** The groups that are due it, do not have it and read on from beyond it. */
function groupsBeyond(
  destination: DestinationRecord,
  life: Life,
  { due, got }: Omit<Reach, 'ghosts'>,
): readonly string[] {
  const having = new Set(got.map(groupOf))
  const groups = new Set(due.map(groupOf).filter((group) => group !== undefined))
  return [...groups].filter(
    (group) => !having.has(group) && groupProgress(destination, life, group) === 'beyond',
  )
}

/** A message that nobody listens to is kept, though nobody will get it. */
const keepsUnheard = (destination: DestinationRecord): boolean =>
  destination.modeManifest?.can.lossyWithoutListeners === false

/** The broker reported later that its queue is empty, or read beyond the message, and none of ours received it. */
export function leftUnseen(destination: DestinationRecord, life: Life): boolean {
  if (destination.facts?.facts.mode !== 'queue') return false
  const drained = queueDrainedAt(destination)
  if (drained !== null && drained > receiptAt(life)) return true
  return groupProgress(destination, life, null) === 'beyond'
}

function gotVerdict(destination: DestinationRecord, life: Life, reach: Reach): Got {
  const { due, got, ghosts } = reach
  const beyond = groupsBeyond(destination, life, reach)
  return {
    kind: 'got',
    number: life.message.content.number,
    got: got.length,
    of: due.length,
    shape: shapeOf(destination, reach),
    groups: groupsOf(due, got),
    beyond,
    fates: fatesOf(destination, due, ghosts, beyond),
    finished: isFinished(life),
    by: got.map((recipient) => recipient.pane.consumer.name),
  }
}

function groupsOf(due: readonly Recipient[], got: readonly Recipient[]): Got['groups'] {
  const all = new Set(due.map(groupOf).filter((group) => group !== undefined))
  if (all.size === 0) return null
  return { got: new Set(got.map(groupOf).filter((group) => group !== undefined)).size, of: all.size }
}

/** What the deliveries look like: where there are groups, groups decide, else the destination's mode. */
function shapeOf(destination: DestinationRecord, { due, got }: Reach): Got['shape'] {
  if (due.length === 1) return 'single'
  const groups = due.map(groupOf)
  const grouped = groups.filter((group) => group !== undefined)
  const gotAll = got.length === due.length
  if (grouped.length === 0) {
    const mode = modeOf(destination)
    if (mode === 'queue') return got.length === 1 ? 'queue' : 'mixed'
    // Where each is due a copy, the others' are still to come, or were missed.
    if (!gotAll) return 'mixed'
    return mode === 'log' ? 'log' : 'fanout'
  }
  if (grouped.length < groups.length) return 'mixed'
  const once = new Set(got.map(groupOf)).size === got.length
  if (!once) return 'mixed'
  const different = new Set(grouped).size
  if (different === 1) return 'queue'
  if (different < grouped.length) return 'log'
  // A group each: every consumer is due a copy. Missing ones are still to come, or will be read later.
  return gotAll ? 'fanout' : 'mixed'
}

/** A crash took it from one consumer and another one settled it. */
function isFinished(life: Life): boolean {
  const settled = (arrival: Arrival): boolean =>
    arrival.state === 'acknowledged' || arrival.state === 'committed'
  const arrivals = arrivalsOf(life)
  return arrivals.some(
    (lost) =>
      lost.state === 'lost' &&
      arrivals.some((other) => other.pane !== lost.pane && other.group === lost.group && settled(other)),
  )
}
