import type { Admin, Consumer } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import type { ConsumerSpec } from '#lib/brokers/contract.ts'
import { fanoutOf, queueOf } from '#lib/brokers/kafka/mode-facts.ts'
import { changedReading, planOf } from '#lib/brokers/kafka/modes.ts'
import { createPositions } from '#lib/brokers/kafka/positions.ts'
import { createSeen } from '#lib/brokers/kafka/seen.ts'
import { parsedTopic } from '#lib/brokers/kafka/settings.ts'
import { groupFacts } from '#lib/protocol/facts.ts'

const spec = (mode: ConsumerSpec['mode'], more: Partial<ConsumerSpec> = {}): ConsumerSpec => ({
  name: 'one',
  address: 'sb.den.orders',
  mode,
  settings: {},
  ...more,
})

describe('what a mode makes of a consumer', () => {
  it('a worker joins the group of its topic and begins where the topic does', () => {
    expect(planOf(spec('queue'))).toMatchObject({
      spec: { group: 'sb.den.orders.workers' },
      from: { to: 'earliest' },
      startsAnew: false,
    })
  })

  it('a subscriber is a group of its own that begins at the end each time', () => {
    expect(planOf(spec('fanout'))).toMatchObject({
      spec: { group: 'sb.den.orders.one' },
      from: { to: 'latest' },
      startsAnew: true,
    })
  })

  it('a reader joins the group it names, and cannot do without', () => {
    expect(planOf(spec('log', { group: 'audit' }))).toMatchObject({
      spec: { group: 'audit' },
      startsAnew: false,
    })
    expect(() => planOf(spec('log'))).toThrow(/needs a group/)
  })

  it.each([
    [{ from: 'offset', offset: '' }, /from offset needs/],
    [{ from: 'offset', offset: '1-0' }, /from offset needs/],
    [{ from: 'time', time: 'soon' }, /from time needs/],
    [{ processingMs: -1 }, /no settings/],
  ])('settings that mean nothing are refused in words: %j', (settings, words) => {
    expect(() => planOf(spec('log', { group: 'g', settings }))).toThrow(words)
  })

  it('its pace can change while it reads; where it began and what it may see cannot', () => {
    const plan = planOf(spec('log', { group: 'g' }))
    expect(changedReading(plan, plan.reading, { processingMs: 70 })).toMatchObject({ processingMs: 70 })
    const change = (settings: ConsumerSpec['settings']) => () => changedReading(plan, plan.reading, settings)
    expect(change({ from: 'earliest' })).toThrow(/settled once it has started/)
    expect(change({ isolation: 'read_uncommitted' })).toThrow(/isolation/)
  })
})

describe('a topic’s settings', () => {
  it('refuse an idempotent producer that does not wait for all', () => {
    expect(() => parsedTopic({ acks: '1' })).toThrow(/choose acks all, or turn idempotent off for acks 1/)
    expect(parsedTopic({ acks: '1', idempotent: false })).toMatchObject({ acks: '1' })
  })
})

describe('a subscriber’s position', () => {
  /** A partition that ends at 7, in which the group had committed 3 when it was here last. */
  function place(startsAnew: boolean) {
    const calls: string[] = []
    let committed = '3'
    const admin = {
      fetchTopicOffsets: async () => [{ partition: 0, offset: '7', low: '0', high: '7' }],
      fetchOffsets: async () => [
        { topic: 't', partitions: [{ partition: 0, offset: committed, metadata: null }] },
      ],
    }
    const consumer = {
      commitOffsets: async ([one]: Array<{ offset: string }>) => {
        committed = one?.offset ?? committed
        calls.push(`commit ${committed}`)
      },
      seek: ({ offset }: { offset: string }) => calls.push(`seek ${offset}`),
    }
    const positions = createPositions({
      topic: 't',
      group: 'g',
      from: { to: 'latest' },
      startsAnew,
      admin: () => admin as unknown as Admin,
      seen: createSeen(),
    })
    return { positions, consumer: consumer as unknown as Consumer, calls }
  }

  it('is the end when it attaches, whatever its group had read; after an outage it goes on where it was', async () => {
    const { positions, consumer, calls } = place(true)
    await positions.prepare()
    expect(positions.unsettled([0])).toEqual([0])
    await positions.settle(consumer, [0], () => true)
    expect(calls).toEqual(['commit 7', 'seek 7'])
    // A further share, before kafkajs has certainly sought: it keeps to what is committed now.
    await positions.settle(consumer, positions.unsettled([0]), () => true)
    expect(calls.slice(2)).toEqual(['seek 7'])
    for (let fetches = 0; fetches < 4; fetches++) positions.fetched()
    expect(positions.unsettled([0])).toEqual([])
  })

  it('is what its group has committed where it does not start anew', async () => {
    const { positions, calls } = place(false)
    await positions.prepare()
    expect(positions.unsettled([0])).toEqual([])
    expect(positions.hadRead).toBe(true)
    expect(calls).toEqual([])
  })
})

describe('facts', () => {
  const partitions = [
    { partition: 0, low: '2', end: '10' },
    { partition: 1, low: '0', end: '4' },
  ]

  it('of a queue count as ready what its group has not read: all of it where it never read', () => {
    expect(queueOf(partitions, undefined)).toMatchObject({ ready: 12, unacked: null, consumers: 0 })
    const workers = groupFacts({
      group: 'workers',
      state: 'Stable',
      members: [
        { consumer: 'worker-1', clientId: 'a', outside: false, partitions: [0] },
        { consumer: null, clientId: 'kcat', outside: true, partitions: [1] },
      ],
      committed: [
        { partition: 0, offset: '9' },
        { partition: 1, offset: null },
      ],
      lag: null,
    })
    expect(queueOf(partitions, workers)).toMatchObject({ ready: 5, consumers: 2, outside: 1 })
  })

  it('of a fan-out count groups with members, and tell what waits for each of ours', () => {
    const described = (groupId: string, members: number) =>
      ({ groupId, members: Array.from({ length: members }) }) as Parameters<typeof fanoutOf>[1][number]
    const facts = fanoutOf(
      partitions,
      [described('t.a', 1), described('t.b', 1), described('t.gone', 0), described('else', 2)],
      [
        {
          consumer: 'a',
          group: 't.a',
          commits: new Map([
            [0, '10'],
            [1, '1'],
          ]),
        },
        { consumer: 'b', group: 't.b', commits: new Map() },
        { consumer: 'gone', group: 't.gone', commits: new Map() },
      ],
    )
    expect(facts).toMatchObject({ subscribers: 3, outside: 1, partitions: 2, outputBuffers: [] })
    expect(facts.waiting).toEqual([
      { consumer: 'a', messages: 3 },
      { consumer: 'b', messages: null },
    ])
  })
})
