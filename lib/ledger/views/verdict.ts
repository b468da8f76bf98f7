import { unreachable } from '#lib/util/unreachable.ts'
import { queueDrainedAt } from '../counters/queue-drained.ts'
import { receiptAt, wasAborted } from '../model/receipts.ts'
import type { Arrival, DestinationRecord, Life } from '../model/records.ts'
import type { VerdictView } from '../model/trace-views.ts'
import { keepsForAbsent, modeOf } from '../store/destinations.ts'
import { arrivalsOf } from '../store/messages.ts'
import { receiptOf } from './messages.ts'
import { groupProgress } from './positions.ts'
import type { Recipient, Recipients } from './recipients.ts'

type Got = Extract<VerdictView, { kind: 'got' }>

/** Who got the message, in one answer. */
export function verdictOf(destination: DestinationRecord, life: Life, recipients: Recipients): VerdictView {
  const { number } = life.message.content
  const present = recipients.all.filter((recipient) => recipient.wasPresent)
  const got = present.filter((recipient) => recipient.has !== null)
  if (got.length > 0) return gotVerdict(destination, life, { ...recipients, present, got })
  if (life.ended) return { kind: 'ended', number, end: life.ended }
  const receipt = receiptOf(life)
  const of = present.length
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
      return notHere(destination, life, present)
    default:
      return unreachable(receipt)
  }
}

/** The broker has it or had it, and none of our consumers does. */
function notHere(destination: DestinationRecord, life: Life, present: readonly Recipient[]): VerdictView {
  const { number } = life.message.content
  const of = present.length
  if (wasAborted(life)) return { kind: 'aborted', number }
  const heardBy = life.receipt?.kind === 'published' ? (life.receipt.heardBy ?? null) : null
  if (!keepsForAbsent(destination)) {
    if (of > 0) return { kind: 'waiting', number }
    return keepsUnheard(destination) ? { kind: 'stored', number, of } : { kind: 'elsewhere', number, heardBy }
  }
  if (leftUnseen(destination, life)) return { kind: 'left-unseen', number }
  const groups = passedGroups(destination, life, present, [])
  const all = of > 0 && present.map(groupOf).every((group) => group !== undefined && groups.includes(group))
  return all ? { kind: 'passed', number, of, groups } : { kind: 'stored', number, of }
}

/** The groups of those present that do not have it and read on from beyond it. */
function passedGroups(
  destination: DestinationRecord,
  life: Life,
  present: readonly Recipient[],
  got: readonly Recipient[],
): readonly string[] {
  const having = new Set(got.map(groupOf))
  const groups = new Set(present.map(groupOf).filter((group) => group !== undefined))
  return [...groups].filter(
    (group) => !having.has(group) && groupProgress(destination, life, group) === 'past',
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
  return groupProgress(destination, life, null) === 'past'
}

interface Having extends Recipients {
  present: readonly Recipient[]
  got: readonly Recipient[]
}

function gotVerdict(destination: DestinationRecord, life: Life, having: Having): Got {
  const { present, got } = having
  return {
    kind: 'got',
    number: life.message.content.number,
    got: got.length,
    of: present.length,
    shape: shapeOf(destination, having),
    groups: groupsOf(present, got),
    passed: passedGroups(destination, life, present, got),
    finished: isFinished(life),
    by: got.map((recipient) => recipient.pane.consumer.name),
  }
}

const groupOf = (recipient: Recipient): string | undefined =>
  recipient.has?.group ?? recipient.last?.group ?? recipient.pane.consumer.group

function groupsOf(present: readonly Recipient[], got: readonly Recipient[]): Got['groups'] {
  const all = new Set(present.map(groupOf).filter((group) => group !== undefined))
  if (all.size === 0) return null
  return { got: new Set(got.map(groupOf).filter((group) => group !== undefined)).size, of: all.size }
}

/** What the deliveries look like: where there are groups, groups decide, else the destination's mode. */
function shapeOf(destination: DestinationRecord, { all, present, got }: Having): Got['shape'] {
  if (present.length === 1) return 'single'
  const groups = present.map(groupOf)
  const grouped = groups.filter((group) => group !== undefined)
  if (grouped.length === 0) {
    const mode = modeOf(destination)
    if (got.length === present.length) return mode === 'log' ? 'log' : 'fanout'
    // Where each is due a copy, the others' are still to come, or were missed.
    return got.length === 1 && mode === 'queue' ? 'queue' : 'mixed'
  }
  if (grouped.length < groups.length) return 'mixed'
  const once = new Set(got.map(groupOf)).size === got.length
  if (!once) return 'mixed'
  const different = new Set(grouped).size
  if (different === 1) return 'queue'
  // A member that was away shares its group's part all the same.
  const members = all.map(groupOf).filter((group) => group !== undefined && grouped.includes(group))
  if (different < members.length) return 'log'
  // A group each: every consumer that was present is due a copy. Missing ones are still to come, or will be read later.
  return got.length === present.length ? 'fanout' : 'mixed'
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
