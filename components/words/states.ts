import type { Can } from '#lib/brokers/contract.ts'
import type { PaneRow, PaneView } from '#lib/ledger/model/views.ts'
import { CONSUMER_REASONS } from '#lib/protocol/consumer-reasons.ts'
import type { EventOf } from '#lib/protocol/events.ts'
import type { LineFault } from '#lib/protocol/faults.ts'
import type { ConsumerState } from '#lib/protocol/room.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { formatCount, formatLatency, formatSpan, secondsUntil } from '../ui/format.ts'
import { listed } from './sentence.ts'

export interface PaneStateInput {
  pane: PaneView
  can: Can
  /** "chatroom" */
  destination: string
  rebalancing: boolean
  /** The number of the one message it holds, where it holds exactly one. */
  holding: number | null
  /** When it crashed, as far as this page saw it. */
  crashedAt: number | null
  now: number
}

/** The state of a consumer that is not attached, in one word. */
export const STATE_WORD: Partial<Record<ConsumerState, string>> = {
  attaching: 'joining',
  paused: 'paused',
  crashed: 'crashed',
  detached: 'away',
}

const partitionList = (partitions: readonly number[]) =>
  partitions.map((partition) => `p${partition}`).join(' ')

const holdingWords = ({ pane, holding }: PaneStateInput): string =>
  holding === null ? `holding ${formatCount(pane.inHand.length)}` : `holding #${holding}`

function partitionWords(partitions: readonly number[], rebalancing: boolean): string {
  if (rebalancing) return 'rebalancing'
  return partitions.length === 0 ? 'no partition' : partitionList(partitions)
}

function attachedWords(input: PaneStateInput): string {
  const { pane, can, rebalancing } = input
  const { consumer, inHand, settled, arrivals, partitions } = pane
  if (consumer.role === 'dead-letters') return `dead letters, ${formatCount(arrivals)} here`
  if (can.settle) {
    const done = `${formatCount(settled)} done`
    if (inHand.length === 0) return `idle, ${done}`
    return `${holdingWords(input)}, ${done}`
  }
  if (can.groups || can.commit) {
    const stands = partitionWords(partitions, rebalancing)
    return can.groups ? `${consumer.group ?? 'no group'}, ${stands}` : stands
  }
  return `listening, ${formatCount(arrivals)} heard`
}

function attachingWords({ pane, destination }: PaneStateInput): string {
  const { reason } = pane.consumer
  if (reason === CONSUMER_REASONS.brokerDown) return 'waits for the broker'
  return reason ? `waits: ${reason}` : `joining ${destination}`
}

function crashedWords({ pane, crashedAt, now }: PaneStateInput): string {
  const { evictedAt } = pane.consumer
  if (evictedAt !== undefined && evictedAt > now)
    return `crashed, evicted in ${secondsUntil(evictedAt, now)} s`
  return crashedAt === null ? 'crashed' : `crashed ${formatSpan(now - crashedAt)} ago`
}

/** What somebody made of its line to the broker. */
export const lineWords = (fault: LineFault): string =>
  fault.kind === 'freeze' ? 'line frozen' : `line ${formatLatency(fault.latencyMs)} slow`

/** A consumer's state, beside its name. */
export function paneStateWords(input: PaneStateInput): string {
  const { fault } = input.pane.consumer
  return fault === undefined ? stateWords(input) : `${lineWords(fault)}, ${stateWords(input)}`
}

function stateWords(input: PaneStateInput): string {
  const { consumer, inHand } = input.pane
  switch (consumer.state) {
    case 'attaching':
      return attachingWords(input)
    case 'attached':
      return attachedWords(input)
    case 'paused':
      return inHand.length === 0 ? 'paused' : `paused, ${holdingWords(input)}`
    case 'crashed':
      return crashedWords(input)
    case 'detached':
      return consumer.reason === CONSUMER_REASONS.asleep ? 'asleep' : 'away'
    default:
      return unreachable(consumer.state)
  }
}

/** Why a paused consumer holds messages; null where it holds none. */
export function holdingReason({ consumer, inHand }: PaneView, can: Can): string | null {
  if (consumer.state !== 'paused' || inHand.length === 0 || !can.settle) return null
  const { prefetch } = consumer.settings
  const most = typeof prefetch === 'number' && prefetch > 0 ? `up to ${formatCount(prefetch)}` : 'some'
  return `Prefetch: the broker hands ${consumer.name} ${most} before it settles the first. These wait with it until it goes on, or crashes.`
}

/** What the texts about events at a consumer depend on. */
export interface HappeningWords {
  /** "Redis" */
  label: string
  keepsForAbsent: boolean
  settles: boolean
  unackedAfterCrash: 'requeued' | 'pending'
  /** How long the broker takes to notice a crash, milliseconds. */
  noticedAfterMs: number
}

function crashHappening(held: number, words: HappeningWords): string {
  if (words.noticedAfterMs > 0) {
    // It stands there also when the broker has noticed.
    return `Crashed. ${words.label} notices by its silence, after up to ${formatSpan(words.noticedAfterMs)}.`
  }
  if (words.keepsForAbsent) {
    if (!words.settles) return 'Crashed.'
    if (held === 0) return 'Crashed. It held nothing.'
    return words.unackedAfterCrash === 'pending'
      ? 'Crashed. What it held stays pending until another worker takes it over.'
      : 'Crashed. What it held went back to the queue.'
  }
  const meanwhile = `${words.label} keeps nothing for it meanwhile.`
  return words.settles && held !== 0 ? `Crashed. What it held is gone. ${meanwhile}` : `Crashed. ${meanwhile}`
}

function waitingHappening(reason: string | undefined, words: HappeningWords): string | null {
  if (reason === undefined) return null
  return reason === CONSUMER_REASONS.brokerDown ? `Waits for ${words.label}.` : `Waits to join: ${reason}.`
}

/** Null when the consumer was detached because nobody watched the room: whoever opens the room sees it attach again. */
const detachedHappening = (reason: string | undefined): string | null =>
  reason === CONSUMER_REASONS.asleep ? null : reason ? `Away: ${reason}.` : 'Away.'

function stateHappening(
  { event, held }: Extract<PaneRow, { type: 'state' }>,
  words: HappeningWords,
): string | null {
  const { state, reason } = event.now
  switch (state) {
    case 'attaching':
      return waitingHappening(reason, words)
    case 'attached':
      return 'Joined.'
    case 'paused':
      return 'Paused.'
    case 'crashed':
      return crashHappening(held, words)
    case 'detached':
      return detachedHappening(reason)
    default:
      return unreachable(state)
  }
}

/** What a log holds no more for its reader, with how many there were. Null unless the gap is of that kind. */
export function removedHappening({ reason, missed, partition }: EventOf<'gap'>): string | null {
  const many =
    missed === undefined ? 'Some messages' : missed === 1 ? '1 message' : `${formatCount(missed)} messages`
  const where = partition === undefined ? '' : ` in partition ${partition}`
  const were = missed === 1 ? 'was' : 'were'
  switch (reason) {
    case 'retention':
      return `${many}${where} ${were} removed before it came to them.`
    case 'compaction':
      return `${many}${where} ${were} compacted away before it came to them: newer ones have their keys.`
    case 'transaction':
      return `${missed === undefined ? 'Some' : formatCount(missed)} offsets${where} hold what transactions aborted, or their markers.`
    default:
      return null
  }
}

function gapHappening(event: EventOf<'gap'>, words: HappeningWords): string {
  const away = event.awayMs === undefined ? 'Was away' : `Away for ${formatSpan(event.awayMs)}`
  if (event.reason === 'broker-restarted') return `${words.label} restarted. What it kept in memory is lost.`
  const removed = removedHappening(event)
  if (removed !== null) return removed
  if (event.reason === 'lagging') return `Read too slowly; ${words.label} dropped some of what was sent.`
  if (words.keepsForAbsent) return `${away}. What was sent meanwhile comes now.`
  return `${away}. What was sent meanwhile is missed; ${words.label} kept none.`
}

const CAUSE: Record<NonNullable<EventOf<'assignment'>['cause']>['what'], (consumer: string) => string> = {
  join: (consumer) => `${consumer} joined`,
  leave: (consumer) => `${consumer} left`,
  evict: (consumer) => `${consumer} was evicted`,
  lost: (consumer) => `${consumer} was lost`,
  unknown: () => 'the group changed',
}

function causeWords(event: EventOf<'assignment'>): string {
  if (!event.cause) return 'the group changed'
  return CAUSE[event.cause.what](event.cause.consumer ?? 'a member')
}

function assignmentHappening(event: EventOf<'assignment'>, consumer: string): string {
  const cause = causeWords(event)
  if (event.phase === 'rebalancing') return `Rebalancing: ${cause}.`
  const mine = event.members.find((member) => member.consumer === consumer)?.partitions ?? []
  const generation = event.generation === null ? '' : `, generation ${event.generation}`
  const span =
    event.durationMs === undefined ? '' : ` Shared out in ${formatCount(event.durationMs)} ms${generation}.`
  const now = mine.length === 0 ? 'Reads no partition now' : `Reads ${partitionList(mine)} now`
  return event.cause ? `${now}: ${cause}.${span}` : `${now}.${span}`
}

/** An event of the consumer itself, as a row of its pane. Null: no row. */
export function happeningWords(
  row: Exclude<PaneRow, { type: 'delivery' }>,
  consumer: string,
  words: HappeningWords,
): string | null {
  switch (row.type) {
    case 'state':
      return stateHappening(row, words)
    case 'gap':
      return gapHappening(row.event, words)
    case 'assignment':
      return assignmentHappening(row.event, consumer)
    default:
      return unreachable(row)
  }
}

/** "group analytics is rebalancing" */
export function rebalancingWords(groups: readonly string[]): string {
  return groups.length === 1
    ? `group ${groups[0]} is rebalancing`
    : `groups ${listed(groups)} are rebalancing`
}
