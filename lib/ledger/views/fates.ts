import { unreachable } from '#lib/util/unreachable.ts'
import type { DestinationRecord } from '../model/records.ts'
import type { Fate, FateView, GhostView } from '../model/trace-views.ts'
import { keepsForAbsent } from '../store/destinations.ts'
import type { Recipient } from './recipients.ts'

/** In the order in which they are said, from what is lost to what is nearly there. */
const ORDER: readonly Fate[] = ['missed', 'away', 'paused', 'not-routed', 'coming']

/** The group that a consumer reads for; undefined for one that reads for itself. */
export const groupOf = ({ has, last, pane }: Recipient): string | undefined =>
  has?.group ?? last?.group ?? pane.consumer.group

/**
 * What became of those who are due the message and do not have it. A group is one of them: its name stands for its
 * members where it has several. `beyond`: groups whose position is known to be beyond the
 * message, of which the verdict speaks by itself.
 */
export function fatesOf(
  destination: DestinationRecord,
  due: readonly Recipient[],
  ghosts: ReadonlyMap<Recipient, GhostView>,
  beyond: readonly string[],
): readonly FateView[] {
  const served = new Set(due.filter(({ has }) => has !== null).map(groupOf))
  const members = new Map<string | undefined, number>()
  for (const group of due.map(groupOf)) members.set(group, (members.get(group) ?? 0) + 1)
  const fates = new Map<string, Fate>()
  for (const recipient of due) {
    const group = groupOf(recipient)
    const isAccountedFor = group !== undefined && (served.has(group) || beyond.includes(group))
    const ghost = ghosts.get(recipient)
    const fate = ghost === undefined || isAccountedFor ? null : fateOf(destination, recipient, ghost)
    if (fate === null) continue
    const who = group === undefined || members.get(group) === 1 ? recipient.pane.consumer.name : group
    const before = fates.get(who)
    // Of a group's members, the one that is nearest to getting it speaks for the group.
    if (before === undefined || ORDER.indexOf(fate) > ORDER.indexOf(before)) fates.set(who, fate)
  }
  return ORDER.map((fate) => ({
    fate,
    who: [...fates.keys()].filter((who) => fates.get(who) === fate),
  })).filter(({ who }) => who.length > 0)
}

/** Null where nothing is to be said of this consumer: another one has the message for it, or is to get it for it. */
function fateOf(destination: DestinationRecord, { pane }: Recipient, ghost: GhostView): Fate | null {
  switch (ghost.why) {
    case 'absent-gone':
    case 'started-after':
    case 'position-beyond':
    case 'ended':
    case 'left-unseen':
      return 'missed'
    case 'absent-waits':
      return 'away'
    case 'paused':
      return 'paused'
    case 'not-routed':
      return 'not-routed'
    case 'waiting':
    case 'held-up':
    case 'rebalancing':
      return 'coming'
    case 'crashed-holding':
      if (ghost.now !== null) return null
      if (!keepsForAbsent(destination)) return 'missed'
      return pane.consumer.state === 'attached' ? 'coming' : 'away'
    case 'other-partition':
      return ghost.owner === null ? 'coming' : null
    case 'other-consumer':
    case 'sent-before-joining':
    case 'aborted':
    case 'not-sent-here':
    case 'refused':
    case 'returned':
    case 'unheard':
    case 'uncertain':
      return null
    default:
      return unreachable(ghost)
  }
}
