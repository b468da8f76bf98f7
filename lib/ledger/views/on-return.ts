import type { Facts } from '#lib/protocol/facts.ts'
import type { OnReturnView } from '../model/count-views.ts'
import type { Pane } from '../model/records.ts'
import { keepsForAbsent } from '../store/destinations.ts'
import { missedCountOf } from './tallies.ts'

/** Null when it is present, or nothing is known. */
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
  return waiting === null ? null : { kind: 'waits', ...waiting, at: reported.at }
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
