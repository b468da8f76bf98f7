import type { Facts } from '#lib/protocol/facts.ts'
import type { OnReturnView } from '../model/count-views.ts'
import type { Pane } from '../model/records.ts'
import { keepsForAbsent, panesInOrder } from '../store/destinations.ts'
import { isHere } from '../store/panes.ts'
import { missedCountOf } from './tallies.ts'

/** Of several who are away and wait for the same, the first one on the screen says so. */
const isSaidByAnother = (pane: Pane): boolean => {
  const { group } = pane.consumer
  const first = panesInOrder(pane.destination).find(
    ({ consumer: other }) => !isHere(other.state) && other.group === group && other.role === undefined,
  )
  return first !== undefined && first !== pane
}

/** Null when it is present, when nothing is known, and when another who is away says it for all who share it. */
export function onReturnOf(pane: Pane): OnReturnView | null {
  const { state } = pane.consumer
  if (state === 'attached' || state === 'paused' || !pane.listed) return null
  if (!keepsForAbsent(pane.destination)) {
    const missed = missedCountOf(pane)
    return missed === null ? null : { kind: 'never', count: missed }
  }
  const { facts: reported } = pane.destination
  if (reported === null) return null
  const waiting = waitingFor(reported.facts, pane)
  if (waiting === null || (waiting.shared && isSaidByAnother(pane))) return null
  return { kind: 'waits', ...waiting, at: reported.at }
}

/** Messages on the broker for this consumer: in its own queue, as its group's lag, or in the queue it shares. */
function waitingFor(facts: Facts, pane: Pane): { count: number; shared: boolean } | null {
  const { name, group } = pane.consumer
  switch (facts.mode) {
    case 'queue':
      return facts.ready === null ? null : { count: facts.ready, shared: true }
    case 'fanout': {
      const mine = facts.waiting.find(({ consumer }) => consumer === name)?.messages ?? null
      return mine === null ? null : { count: mine, shared: false }
    }
    default: {
      const lag =
        group === undefined
          ? facts.readers.find(({ consumer }) => consumer === name)?.lag
          : facts.groups.find((other) => other.group === group)?.lag
      if (lag === undefined || lag === null) return null
      return { count: lag, shared: group !== undefined }
    }
  }
}
