import type { Facts } from '#lib/protocol/facts.ts'
import type { Pane } from './state.ts'
import { paneTally } from './tally-views.ts'
import { keepsForAbsent } from './verdict.ts'

/**
 * What a consumer that is away has to expect. `never`: passed meanwhile (and on earlier absences) and kept nowhere.
 * `waits`: lies on the broker, by the broker's own count at `at`; a queue's is for whoever comes first.
 */
export type AbsenceView =
  | { kind: 'never'; count: number }
  | { kind: 'waits'; count: number; shared: boolean; at: number }

/** Null: it is here, or nothing is known. */
export function absenceOf(pane: Pane): AbsenceView | null {
  const { state } = pane.consumer
  if (state === 'attached' || state === 'paused' || !pane.listed) return null
  if (!keepsForAbsent(pane.lane)) {
    const { missed } = paneTally(pane, false)
    return pane.book.from === null || missed === null ? null : { kind: 'never', count: missed }
  }
  const told = pane.lane.facts
  if (told === null) return null
  const waiting = waitingFor(told.facts, pane)
  return waiting === null ? null : { kind: 'waits', ...waiting, at: told.at }
}

/** Messages on the broker for this consumer: its own line, its group's lag, or the queue it shares. */
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
