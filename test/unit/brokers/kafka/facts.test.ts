import { describe, expect, it } from 'vitest'
import { fanoutOf, queueOf } from '#lib/brokers/kafka/facts.ts'
import { groupFacts } from '#lib/protocol/facts.ts'

describe('facts', () => {
  const partitions = [
    { partition: 0, low: '2', end: '10' },
    { partition: 1, low: '0', end: '4' },
  ]

  it('of a queue count as ready what its group has not read, which is all where it never committed', () => {
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

  it('of a fan-out count the groups with members, and what waits for each consumer of this driver', () => {
    const described = (groupId: string, members: number) => ({
      groupId,
      members: Array.from({ length: members }),
    })
    const consumer = (name: string, committed: [number, string][]) => ({
      spec: { name, group: `t.${name}`, address: 't', mode: 'fanout' as const, settings: {} },
      committed: new Map(committed),
    })
    const facts = fanoutOf(
      partitions,
      [described('t.a', 1), described('t.b', 1), described('t.gone', 0), described('else', 2)],
      [
        consumer('a', [
          [0, '10'],
          [1, '1'],
        ]),
        consumer('b', []),
        consumer('gone', []),
      ],
    )
    expect(facts).toMatchObject({ subscribers: 3, outside: 1, partitions: 2, outputBuffers: [] })
    expect(facts.waiting).toEqual([
      { consumer: 'a', messages: 3 },
      { consumer: 'b', messages: null },
    ])
  })
})
