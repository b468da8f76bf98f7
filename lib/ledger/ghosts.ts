import { beganAt, stateAt } from './panes.ts'
import { logPlaceOf, outlookOf, readsBeyond } from './positions.ts'
import { isPublished, receiptAt, wasAborted } from './receipts.ts'
import type { Standing, Standings } from './standings.ts'
import type { Lane, Life } from './state.ts'
import type { GhostView } from './trace-views.ts'
import { keepsForAbsent, leftUnseen } from './verdict.ts'

/** Why one consumer does not have the message. The first reason that holds is told. */
export function ghostOf(lane: Lane, life: Life, standings: Standings, me: Standing): GhostView {
  const holder = holderFor(lane, standings, me)
  if (me.last?.state === 'lost') return { why: 'crashed-holding', now: holder?.pane.consumer.name ?? null }
  const reached = standings.all.some((standing) => standing.has !== null)
  return (
    (reached ? null : neverCame(life)) ??
    (wasAborted(life) ? { why: 'aborted' } : null) ??
    partitionGhost(lane, life, standings, me, holder) ??
    (holder ? { why: 'other-consumer', consumer: holder.pane.consumer.name } : null) ??
    (!reached && life.ended ? { why: 'ended', how: life.ended.how } : null) ??
    (!reached && keepsForAbsent(lane) && leftUnseen(lane, life) ? { why: 'left-unseen' } : null) ??
    passedBy(lane, life, me) ??
    routedPast(lane, life, me) ??
    absence(lane, life, standings, me)
  )
}

/** It did not get as far as any consumer. */
function neverCame({ told }: Life): GhostView | null {
  return told === null || told.kind === 'published' ? null : { why: told.kind }
}

/** Who has it in this consumer's stead: anybody of its group, or of a queue that all share. */
function holderFor(lane: Lane, standings: Standings, me: Standing): Standing | null {
  const { group } = me.pane.consumer
  const shares = (other: Standing): boolean => {
    if (other === me || other.has === null) return false
    if (group !== undefined) return (other.has.group ?? other.pane.consumer.group) === group
    if (other.has.event.address.kind === 'entry' && other.has.state === 'received') return false
    return (
      lane.destination?.mode !== 'fanout' &&
      other.has.event.address.kind !== 'channel' &&
      other.has.group === null
    )
  }
  const newest = (a: Standing | null, b: Standing): Standing =>
    a?.has && b.has && a.has.event.at > b.has.event.at ? a : b
  return standings.all.filter(shares).reduce(newest, null)
}

/** It went by a binding or a pattern, and this consumer's, as they are now, do not take it. */
function routedPast({ destination, modeManifest }: Lane, { message }: Life, me: Standing): GhostView | null {
  const preview = modeManifest?.preview
  if (!destination || !preview || me.pane.consumer.state !== 'attached') return null
  const { key, headers } = message.content
  const draft = { key: key ?? '', headers: headers ?? {}, settings: {} }
  const to = preview(draft, { settings: destination.settings, consumers: [me.pane.consumer], facts: null })
  return to.kind === 'consumers' && to.names.length === 0 ? { why: 'not-routed' } : null
}

/** A log's message is its partition's owner's to read. */
function partitionGhost(
  lane: Lane,
  life: Life,
  standings: Standings,
  me: Standing,
  holder: Standing | null,
): GhostView | null {
  const { group } = me.pane.consumer
  const partition = logPlaceOf(life)?.partition ?? null
  if (group === undefined || partition === null) return null
  if (holder === null) {
    if (joinedLater(me, standings) && outlookOf(lane, life, group) !== 'ahead')
      return { why: 'sent-before-joining' }
    if (lane.rebalancing.has(group)) return { why: 'rebalancing' }
  }
  const members = lane.groups.get(group)?.assignment?.members ?? []
  const owner = members.find((member) => member.partitions.includes(partition))?.consumer ?? null
  if (owner === me.pane.consumer.name) return null
  // Somebody outside, or nobody, owns it; when one of ours has it all the same, it read it before the last share-out.
  if (owner === null && holder) return { why: 'other-partition', partition, owner: holder.pane.consumer.name }
  if (owner === null && me.pane.consumer.state !== 'attached') return null
  return { why: 'other-partition', partition, owner }
}

/** Its group reads on from beyond the message, and nobody here has it: what it waited for does not come. */
function passedBy(lane: Lane, life: Life, me: Standing): GhostView | null {
  const { group, since } = me.pane.consumer
  if (group === undefined || outlookOf(lane, life, group) !== 'past') return null
  const { sentAt } = life.message.content
  // Others may have had it long after it was sent, when this one was there as well.
  if (since !== undefined && sentAt !== null && since > sentAt) return { why: 'sent-before-joining' }
  return { why: 'passed-by', group }
}

const joinedLater = (me: Standing, standings: Standings): boolean =>
  me.pane.consumer.since !== undefined && me.pane.consumer.since > standings.passedAt

/**
 * It begins at the end of what is kept, by itself and each time it is started, and did so when the message was written
 * already; or will, since it is not there now.
 */
function beganBehind({ modeManifest }: Lane, life: Life, { pane }: Standing): GhostView | null {
  const { consumer } = pane
  if (consumer.group !== undefined || !modeManifest?.startsAtEnd?.(consumer.settings)) return null
  const written = isPublished(life) || life.message.content.outside
  if (!written || consumer.since === undefined) return null
  if (consumer.since > receiptAt(life)) return { why: 'sent-before-joining' }
  return beganAt(pane) > receiptAt(life) ? { why: 'began-behind' } : null
}

/** Nobody has it in its stead: either it still comes, or the consumer was not there. */
function absence(lane: Lane, life: Life, standings: Standings, me: Standing): GhostView {
  const now = me.pane.consumer.state
  if (keepsForAbsent(lane)) {
    const behind = beganBehind(lane, life, me)
    if (behind) return behind
    if (readsBeyond(lane, life, me.pane.consumer)) return { why: 'passed-by', group: null }
    if (now === 'paused') return { why: 'paused' }
    if (now === 'attached') return { why: 'waiting' }
    return { why: 'absent-waits' }
  }
  if (joinedLater(me, standings)) return { why: 'sent-before-joining' }
  if (!me.wasThere) return { why: 'absent-gone' }
  const then = stateAt(me.pane, standings.passedAt)
  if (now === 'paused' || then === 'paused') return { why: 'paused' }
  return now === 'attached' ? { why: 'waiting' } : { why: 'absent-gone' }
}
