import fc from 'fast-check'
import {
  CHANNEL,
  committed,
  consumer,
  content,
  type Draft,
  delivered,
  destination,
  gap,
  LOG,
  published,
  QUEUE,
  read,
  receipt,
  returned,
  settled,
  unheard,
} from './event-maker.ts'

/** Random stories of a lobby: many messages' lives and disturbances, interleaved at will. */
export const PANES = [
  ['rabbitmq', 'mailbox', 'worker-1'],
  ['rabbitmq', 'mailbox', 'worker-2'],
  ['redis', 'chatroom', 'subscriber-1'],
  ['redis', 'chatroom', 'subscriber-2'],
  ['kafka', 'datascience', 'reader-1'],
  ['kafka', 'datascience', 'reader-2'],
] as const
export const LANES = [
  ['rabbitmq', 'mailbox'],
  ['redis', 'chatroom'],
  ['kafka', 'datascience'],
] as const
export const OPENING: Draft[] = [
  destination(QUEUE),
  destination(CHANNEL),
  destination(LOG),
  ...(['worker-1', 'worker-2'] as const).map((name) => consumer(QUEUE, name, 'attached')),
  ...(['subscriber-1', 'subscriber-2'] as const).map((name) => consumer(CHANNEL, name, 'attached')),
  ...(['reader-1', 'reader-2'] as const).map((name) =>
    consumer(LOG, name, 'attached', { group: 'analytics' }),
  ),
]

/** What may happen in a message's life, as choices; `lifeOf` makes the events. */
interface LifePlan {
  place: 'queue' | 'channel' | 'log'
  receipt: 'published' | 'refused' | 'returned' | 'unheard' | 'uncertain' | 'none'
  arrivals: Array<{ second: boolean; again: boolean; end: 'acknowledged' | 'requeued' | 'rejected' | 'none' }>
}

export const lifePlan: fc.Arbitrary<LifePlan> = fc.record({
  place: fc.constantFrom('queue', 'channel', 'log'),
  receipt: fc.constantFrom('published', 'refused', 'returned', 'unheard', 'uncertain', 'none'),
  arrivals: fc.array(
    fc.record({
      second: fc.boolean(),
      again: fc.boolean(),
      end: fc.constantFrom('acknowledged', 'requeued', 'rejected', 'none'),
    }),
    { maxLength: 4 },
  ),
})

const PLACES = { queue: QUEUE, channel: CHANNEL, log: LOG }

function receiptOf(plan: LifePlan, id: string): Draft[] {
  const place = PLACES[plan.place]
  if (plan.receipt === 'published') return [published(place, id)]
  if (plan.receipt === 'unheard') return [unheard(place, id)]
  if (plan.receipt === 'returned') return [returned(place, id)]
  return plan.receipt === 'none' ? [] : [receipt(plan.receipt, place, id)]
}

/** Every event of one message, its content on the first. Delivery numbers are unique over all messages. */
export function lifeOf(plan: LifePlan, number: number): Draft[] {
  const id = `message-${number}`
  const arrivals = plan.arrivals.flatMap((arrival, index): Draft[] => {
    const delivery = number * 100 + index
    const more = { redelivered: arrival.again }
    if (plan.place === 'channel') {
      return [delivered(CHANNEL, id, arrival.second ? 'subscriber-2' : 'subscriber-1', delivery, more)]
    }
    if (plan.place === 'log') {
      const reader = arrival.second ? 'reader-2' : 'reader-1'
      return [read(id, reader, 'analytics', delivery, [number % 2, number], more)]
    }
    const worker = arrival.second ? 'worker-2' : 'worker-1'
    const settlement = arrival.end === 'none' ? [] : [settled(arrival.end, QUEUE, id, worker, delivery)]
    return [delivered(QUEUE, id, worker, delivery, more), ...settlement]
  })
  return [...receiptOf(plan, id), ...arrivals]
}

/** Puts a message's content on whichever of its events comes first. */
export function withContent(drafts: readonly Draft[]): Draft[] {
  const seen = new Set<string>()
  return drafts.map((draft) => {
    if (!('messageId' in draft) || seen.has(draft.messageId)) return draft
    seen.add(draft.messageId)
    return { ...draft, ...content(Number(draft.messageId.slice('message-'.length))) } as Draft
  })
}

const disturbance: fc.Arbitrary<Draft> = fc.oneof(
  fc
    .record({ second: fc.boolean(), state: fc.constantFrom('paused', 'crashed', 'detached', 'attached') })
    .map(({ second, state }) => consumer(QUEUE, second ? 'worker-2' : 'worker-1', state as 'paused')),
  fc
    .record({ partition: fc.nat({ max: 1 }), upTo: fc.nat({ max: 14 }) })
    .map(({ partition, upTo }) => committed('analytics', partition, upTo)),
  fc.constant(gap()),
)

/** Several lives and disturbances, interleaved at will; each life's own order may be shuffled too. */
export const story = (shuffled: boolean): fc.Arbitrary<Draft[]> =>
  fc
    .record({
      plans: fc.array(lifePlan, { minLength: 1, maxLength: 12 }),
      disturbances: fc.array(disturbance, { maxLength: 6 }),
      order: fc.array(fc.nat(), { minLength: 120, maxLength: 120 }),
    })
    .map(({ plans, disturbances, order }) => {
      const strands = [...plans.map((plan, index) => lifeOf(plan, index + 1)), disturbances]
      return withContent(interleave(strands, order, shuffled))
    })

export function interleave(strands: Draft[][], order: readonly number[], shuffled: boolean): Draft[] {
  const left = strands.map((strand) => [...strand])
  const events: Draft[] = []
  for (let step = 0; left.some((strand) => strand.length > 0); step += 1) {
    const open = left.filter((strand) => strand.length > 0)
    const pick = order[step % order.length] ?? 0
    const strand = open[pick % open.length]
    const [event] = strand?.splice(shuffled ? pick % strand.length : 0, 1) ?? []
    if (event) events.push(event)
  }
  return events
}
