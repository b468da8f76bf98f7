import type { Address } from '#lib/protocol/address.ts'
import type { Destination } from '#lib/protocol/room.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { emptiedAt } from './emptied.ts'
import { arrivalsOf } from './lives.ts'
import { outlookOf } from './positions.ts'
import { receiptAt, receiptOf, wasAborted } from './receipts.ts'
import type { Standing, Standings } from './standings.ts'
import type { Arrival, Lane, Life } from './state.ts'
import type { VerdictView } from './trace-views.ts'

type Got = Extract<VerdictView, { kind: 'got' }>

/** Who got the message, in one answer. */
export function verdictOf(lane: Lane, life: Life, standings: Standings): VerdictView {
  const { number } = life.message.content
  const there = standings.all.filter((standing) => standing.wasThere)
  const got = there.filter((standing) => standing.has !== null)
  if (got.length > 0) return gotVerdict(lane, life, { ...standings, there, got })
  if (life.ended) return { kind: 'ended', number, end: life.ended }
  const receipt = receiptOf(life)
  const of = there.length
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
      return notHere(lane, life, there)
    default:
      return unreachable(receipt)
  }
}

/** The broker has it or had it, and none of ours does. */
function notHere(lane: Lane, life: Life, there: readonly Standing[]): VerdictView {
  const { number } = life.message.content
  const of = there.length
  if (wasAborted(life)) return { kind: 'aborted', number }
  const heardBy = life.told?.kind === 'published' ? (life.told.heardBy ?? null) : null
  if (!keepsForAbsent(lane)) {
    if (of > 0) return { kind: 'waiting', number }
    return keepsUnheard(lane) ? { kind: 'stored', number, of } : { kind: 'elsewhere', number, heardBy }
  }
  if (leftUnseen(lane, life)) return { kind: 'left-unseen', number }
  const groups = passedGroups(lane, life, there, [])
  const all = of > 0 && there.map(groupOf).every((group) => group !== undefined && groups.includes(group))
  return all ? { kind: 'passed', number, of, groups } : { kind: 'stored', number, of }
}

/** The groups of those who were there that do not have it and are past it. */
function passedGroups(
  lane: Lane,
  life: Life,
  there: readonly Standing[],
  got: readonly Standing[],
): readonly string[] {
  const having = new Set(got.map(groupOf))
  const groups = new Set(there.map(groupOf).filter((group) => group !== undefined))
  return [...groups].filter((group) => !having.has(group) && outlookOf(lane, life, group) === 'past')
}

/** What is sent while a consumer is away waits for it. Unknown destinations are taken to keep nothing. */
export const keepsForAbsent = (lane: Lane): boolean => lane.modeManifest?.can.keepsForAbsent ?? false

/** What nobody listens to is not gone, though nobody will get it. */
const keepsUnheard = (lane: Lane): boolean => lane.modeManifest?.can.lossyWithoutListeners === false

/** The broker said later that its queue is empty, or read beyond the message, and none of ours had it. */
export function leftUnseen(lane: Lane, life: Life): boolean {
  if (lane.facts?.facts.mode !== 'queue') return false
  const emptied = emptiedAt(lane)
  if (emptied !== null && emptied > receiptAt(life)) return true
  return outlookOf(lane, life, null) === 'past'
}

interface Having extends Standings {
  there: readonly Standing[]
  got: readonly Standing[]
}

function gotVerdict(lane: Lane, life: Life, having: Having): Got {
  const { there, got } = having
  return {
    kind: 'got',
    number: life.message.content.number,
    got: got.length,
    of: there.length,
    shape: shapeOf(having),
    groups: groupsOf(there, got),
    passed: passedGroups(lane, life, there, got),
    finished: isFinished(life),
    by: got.map((standing) => standing.pane.consumer.name),
  }
}

const groupOf = (standing: Standing): string | undefined =>
  standing.has?.group ?? standing.last?.group ?? standing.pane.consumer.group

function groupsOf(there: readonly Standing[], got: readonly Standing[]): Got['groups'] {
  const all = new Set(there.map(groupOf).filter((group) => group !== undefined))
  if (all.size === 0) return null
  return { got: new Set(got.map(groupOf).filter((group) => group !== undefined)).size, of: all.size }
}

/** What the deliveries themselves look like, whatever the destination was meant to be. */
function shapeOf({ all, there, got }: Having): Got['shape'] {
  if (there.length === 1) return 'single'
  const groups = there.map(groupOf)
  const grouped = groups.filter((group) => group !== undefined)
  if (grouped.length === 0) {
    // Each read a kept entry for itself: nothing was handed out, and nothing is used up.
    const readings = got.every(({ has }) => has?.event.address.kind === 'entry' && has.state === 'received')
    if (got.length === there.length) return readings ? 'log' : 'fanout'
    // One of several that share a channel has its own copy; the others' copies are still to come, or were missed.
    const copies = got.some(
      ({ has, pane }) => has !== null && isCopy(has.event.address, pane.lane.destination),
    )
    return got.length === 1 && !copies ? 'queue' : 'mixed'
  }
  if (grouped.length < groups.length) return 'mixed'
  const once = new Set(got.map(groupOf)).size === got.length
  if (!once) return 'mixed'
  const different = new Set(grouped).size
  if (different === 1) return 'queue'
  // Who was away shares its group's part all the same.
  const members = all.map(groupOf).filter((group) => group !== undefined && grouped.includes(group))
  if (different < members.length) return 'log'
  // A group each: copies for all who were there. Those of others are still to come, or are theirs to read later.
  return got.length === there.length ? 'fanout' : 'mixed'
}

/** Whether an arrival came by a way of its consumer's own: a channel, or a queue that is not the lane's. */
function isCopy(address: Address, destination: Destination | null): boolean {
  if (address.kind === 'queue') return destination !== null && address.queue !== destination.address
  return address.kind === 'channel'
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
