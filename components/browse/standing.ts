import type { GhostView, TraceView } from '#lib/ledger/model/trace-views.ts'
import type { DeliveryState } from '#lib/ledger/model/views.ts'
import type { Consumer } from '#lib/protocol/room.ts'

/**
 * Where a kept message stands with those who are due it. `ready`: nobody has it in hand. `pending`: `who` are due it, or hold
 * it, and have not settled it. `settled`: `who` are done with it.
 */
export type Standing =
  | { is: 'ready' }
  | { is: 'pending' | 'settled'; who: readonly string[] }
  | { is: 'dead-lettered' }

const SETTLED: ReadonlySet<DeliveryState> = new Set(['acknowledged', 'committed', 'rejected', 'received'])
/** Why somebody does not have it yet who is going to get it by itself, or as soon as they are back. */
const TO_COME: ReadonlySet<GhostView['why']> = new Set([
  'absent-waits',
  'paused',
  'rebalancing',
  'crashed-holding',
  'held-up',
  'waiting',
])

/** Consumers of a log by who reads it for them: their group, or each one for itself. */
function audiences(consumers: readonly Consumer[]): Map<string, Consumer[]> {
  const all = new Map<string, Consumer[]>()
  for (const consumer of consumers) {
    const name = consumer.group ?? consumer.name
    all.set(name, [...(all.get(name) ?? []), consumer])
  }
  return all
}

/** Those who are done with it first, then those whom it waits for. Whom it does not concern is left out. */
function standingsInLog({ cords, ghosts }: TraceView, consumers: readonly Consumer[]): Standing[] {
  const settled: string[] = []
  const pending: string[] = []
  for (const [name, members] of audiences(consumers)) {
    const states = members.flatMap((one) => cords.get(one.name)?.state ?? [])
    if (states.some((state) => SETTLED.has(state))) settled.push(name)
    else if (states.length > 0 || members.some((one) => TO_COME.has(ghosts.get(one.name)?.why ?? 'unheard')))
      pending.push(name)
  }
  return [
    ...(settled.length > 0 ? [{ is: 'settled' as const, who: settled }] : []),
    ...(pending.length > 0 ? [{ is: 'pending' as const, who: pending }] : []),
  ]
}

/** Where one kept message stands, by what the room saw of it; empty where it has not seen enough. */
export function standingsOf(trace: TraceView, consumers: readonly Consumer[]): Standing[] {
  const { kept, cords } = trace
  switch (kept?.where) {
    case 'ready':
      return [{ is: 'ready' }]
    case 'unacked':
      return [{ is: 'pending', who: [kept.by] }]
    case 'settled':
      return [
        {
          is: 'settled',
          who: [...cords.values()].filter(({ state }) => SETTLED.has(state)).map(({ consumer }) => consumer),
        },
      ]
    case 'queues':
      return [{ is: 'pending', who: kept.of }]
    case 'dead-letters':
      return [{ is: 'dead-lettered' }]
    case 'log':
      return standingsInLog(trace, consumers)
    default:
      return []
  }
}
