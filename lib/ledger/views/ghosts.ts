import { isPublished, receiptAt, wasAborted } from '../model/receipts.ts'
import type { DestinationRecord, Life } from '../model/records.ts'
import type { GhostView } from '../model/trace-views.ts'
import { keepsForAbsent, modeOf } from '../store/destinations.ts'
import { isHere, startedAt, wasAwaySince } from '../store/panes.ts'
import { failingAt } from './failing.ts'
import { groupProgress, logPositionOf, readerIsBeyond } from './positions.ts'
import type { Recipient, Recipients } from './recipients.ts'
import { leftUnseen } from './verdict.ts'

/**
 * Why one consumer does not have the message: the first reason that holds. First what it had and lost; then what concerns
 * everybody (it was never published, or aborted), then who has it instead, then what became of the message itself, and last
 * what concerns this consumer alone: its position in the log, its bindings, whether it was away.
 */
export function ghostOf(
  destination: DestinationRecord,
  life: Life,
  recipients: Recipients,
  me: Recipient,
): GhostView {
  const holder = holderFor(destination, recipients, me)
  if (me.last?.state === 'lost') return { why: 'crashed-holding', now: holder?.pane.consumer.name ?? null }
  const reached = recipients.all.some((recipient) => recipient.has !== null)
  return (
    (reached ? null : neverPublished(life)) ??
    (wasAborted(life) ? { why: 'aborted' } : null) ??
    (holder && joinedAfter(me, holder) ? { why: 'sent-before-joining' } : null) ??
    partitionGhost(destination, life, recipients, me, holder) ??
    (holder ? { why: 'other-consumer', consumer: holder.pane.consumer.name } : null) ??
    (!reached && life.ended ? { why: 'ended', how: life.ended.how } : null) ??
    (!reached && keepsForAbsent(destination) && leftUnseen(destination, life)
      ? { why: 'left-unseen' }
      : null) ??
    groupIsBeyond(destination, life, me) ??
    routedPast(destination, life, me) ??
    comingOrMissed(destination, life, recipients, me)
  )
}

/** The publish failed, so that no consumer could get it. */
function neverPublished({ receipt }: Life): GhostView | null {
  return receipt === null || receipt.kind === 'published' ? null : { why: receipt.kind }
}

/** Who has it instead of this consumer: a member of its group, or another consumer of a queue they share. */
function holderFor(destination: DestinationRecord, recipients: Recipients, me: Recipient): Recipient | null {
  const { group } = me.pane.consumer
  const shares = (other: Recipient): boolean => {
    if (other === me || other.has === null) return false
    if (group !== undefined) return (other.has.group ?? other.pane.consumer.group) === group
    return modeOf(destination) === 'queue' && other.has.group === null
  }
  const newest = (a: Recipient | null, b: Recipient): Recipient =>
    a?.has && b.has && a.has.event.at > b.has.event.at ? a : b
  return recipients.all.filter(shares).reduce(newest, null)
}

/** It was routed by a binding or a pattern, and what this consumer listens to now does not match it. */
function routedPast(
  { declared, modeManifest }: DestinationRecord,
  { message }: Life,
  me: Recipient,
): GhostView | null {
  const preview = modeManifest?.preview
  if (!declared || !preview || me.pane.consumer.state !== 'attached') return null
  const { key, headers } = message.content
  const draft = { key: key ?? '', headers: headers ?? {}, settings: {} }
  const to = preview(draft, { settings: declared.settings, consumers: [me.pane.consumer], facts: null })
  return to.kind === 'consumers' && to.names.length === 0 ? { why: 'not-routed' } : null
}

/** On a partitioned log only the partition's owner reads the message. */
function partitionGhost(
  destination: DestinationRecord,
  life: Life,
  recipients: Recipients,
  me: Recipient,
  holder: Recipient | null,
): GhostView | null {
  const { group } = me.pane.consumer
  const partition = logPositionOf(life)?.partition ?? null
  if (group === undefined || partition === null) return null
  if (holder === null) {
    if (joinedLater(me, recipients) && groupProgress(destination, life, group) !== 'unread')
      return { why: 'sent-before-joining' }
    if (destination.rebalancing.has(group)) return { why: 'rebalancing' }
  }
  const members = destination.groups.get(group)?.assignment?.members ?? []
  const owner = members.find((member) => member.partitions.includes(partition))?.consumer ?? null
  if (owner === me.pane.consumer.name) return null
  // Owned by a member outside, or by nobody; if one of ours has it all the same, it read it before the last rebalance.
  if (owner === null && holder) return { why: 'other-partition', partition, owner: holder.pane.consumer.name }
  if (owner === null && me.pane.consumer.state !== 'attached') return null
  if (holder === null && owner !== null && isAwayNow(recipients, owner)) {
    // Where nobody of the group is here, no one's partition is given to another.
    if (!sharersOf(destination, recipients, me).some(isHereNow) && !isHereNow(me))
      return { why: 'absent-waits', until: 'anyone' }
    return { why: 'other-partition', partition, owner, ownerIsAway: true }
  }
  return { why: 'other-partition', partition, owner }
}

const isHereNow = ({ pane }: Recipient): boolean => isHere(pane.consumer.state)

const isAwayNow = ({ all }: Recipients, name: string): boolean =>
  all.some((one) => one.pane.consumer.name === name && one.pane.listed && !isHereNow(one))

/** The others who share its work: the members of its group, or a queue's other consumers. */
const sharersOf = (destination: DestinationRecord, { all }: Recipients, me: Recipient): Recipient[] =>
  all.filter((other) => {
    if (other === me || !other.pane.listed) return false
    const { group } = me.pane.consumer
    return group === undefined ? modeOf(destination) === 'queue' : other.pane.consumer.group === group
  })

/** It is away, and the message waits: for itself alone, or for whoever shares its work. */
function absentWaits(
  destination: DestinationRecord,
  life: Life,
  recipients: Recipients,
  me: Recipient,
): GhostView {
  const sharers = sharersOf(destination, recipients, me)
  if (sharers.length === 0) return { why: 'absent-waits', until: 'it' }
  if (!sharers.some(isHereNow)) return { why: 'absent-waits', until: 'anyone' }
  return { why: 'absent-waits', until: 'taken', partition: logPositionOf(life)?.partition ?? null }
}

/** Its group reads on from beyond the message, and nobody here has it: the group will not get it by itself. */
function groupIsBeyond(destination: DestinationRecord, life: Life, me: Recipient): GhostView | null {
  const { group, since } = me.pane.consumer
  if (group === undefined || groupProgress(destination, life, group) !== 'beyond') return null
  const { sentAt } = life.message.content
  // Others may have received it long after it was sent, when this one was present too.
  if (since !== undefined && sentAt !== null && since > sentAt) return { why: 'sent-before-joining' }
  return { why: 'position-beyond', group }
}

/** It joined when the one who has it instead had it already: it never was a candidate. */
const joinedAfter = (me: Recipient, holder: Recipient): boolean =>
  me.pane.consumer.since !== undefined &&
  holder.has !== null &&
  me.last === null &&
  me.pane.consumer.since > holder.has.event.at

const joinedLater = (me: Recipient, recipients: Recipients): boolean =>
  me.pane.consumer.since !== undefined && me.pane.consumer.since > recipients.passedAt

/**
 * Such a reader begins at the log's end each time it is started: this start was after the message was written, or, where it
 * is away now, the next one will be.
 */
function startedAfter(
  { modeManifest }: DestinationRecord,
  life: Life,
  { pane }: Recipient,
): GhostView | null {
  const { consumer } = pane
  if (consumer.group !== undefined || !modeManifest?.startsAtEnd?.(consumer.settings)) return null
  const written = isPublished(life) || life.message.content.outside
  if (!written || consumer.since === undefined) return null
  if (consumer.since > receiptAt(life)) return { why: 'sent-before-joining' }
  return startedAt(pane) > receiptAt(life) ? { why: 'started-after' } : null
}

/** It lies in the partition of a message that this consumer cannot get past. */
function heldUp(life: Life, me: Recipient): GhostView | null {
  const at = logPositionOf(life)
  const before = failingAt(me.pane).find(
    ({ event: { address }, offset }) =>
      address.kind === 'offset' && address.partition === at?.partition && offset < at.offset,
  )
  return before ? { why: 'held-up', behind: before.life.message.content.number } : null
}

/** Nobody has it instead: either it is still to come, or the consumer was absent. */
function comingOrMissed(
  destination: DestinationRecord,
  life: Life,
  recipients: Recipients,
  me: Recipient,
): GhostView {
  const now = me.pane.consumer.state
  if (keepsForAbsent(destination)) {
    const later = startedAfter(destination, life, me)
    if (later) return later
    if (readerIsBeyond(destination, life, me.pane.consumer)) return { why: 'position-beyond', group: null }
    if (now === 'paused') return { why: 'paused' }
    if (now === 'attached') return heldUp(life, me) ?? { why: 'waiting' }
    return absentWaits(destination, life, recipients, me)
  }
  if (joinedLater(me, recipients)) return { why: 'sent-before-joining' }
  // What was on its way to it went with its connection, also when it has come back since.
  const lostIt = !me.wasPresent || !isHere(now) || wasAwaySince(me.pane, recipients.passedAt)
  if (lostIt) return { why: 'absent-gone' }
  return now === 'paused' ? { why: 'paused' } : { why: 'waiting' }
}
