import { type Admin, type Consumer, Kafka } from 'kafkajs'
import { afterEach, expect, it, vi } from 'vitest'
import { type Assignment, Membership } from '#lib/brokers/kafka/group-membership.ts'
import { Positions } from '#lib/brokers/kafka/positions.ts'
import { Redeliveries } from '#lib/brokers/kafka/redeliveries.ts'

const EVENTS = {
  GROUP_JOIN: 'join',
  REBALANCING: 'rebalancing',
  HEARTBEAT: 'heartbeat',
  COMMIT_OFFSETS: 'commit',
  FETCH: 'fetch',
  END_BATCH_PROCESS: 'end',
  CRASH: 'crash',
}
const MEMBER = { memberId: 'member-1', groupId: 'g' }

afterEach(() => void vi.restoreAllMocks())

const admin = {
  fetchTopicOffsets: async () => [{ partition: 0, offset: '7', low: '0', high: '7' }],
  fetchOffsets: async () => [{ topic: 't', partitions: [{ partition: 0, offset: '3', metadata: null }] }],
} as unknown as Admin

/** A membership whose kafkajs consumer emits what the test says. */
async function memberOfScript() {
  const listeners = new Map<string, (event: { payload: object }) => void>()
  const done = async () => undefined
  const consumer = {
    ...{ events: EVENTS, connect: done, subscribe: done, run: done, disconnect: done, commitOffsets: done },
    ...{ pause: () => undefined, resume: () => undefined, seek: () => undefined },
    on: (name: string, listener: (event: { payload: object }) => void) => void listeners.set(name, listener),
  }
  vi.spyOn(Kafka.prototype, 'consumer').mockReturnValue(consumer as unknown as Consumer)
  const positioned: Assignment[] = []
  const positions = new Positions({
    ...{ topic: 't', group: 'g', from: { to: 'latest' }, startsAnew: false },
    ...{ admin: () => admin, redeliveries: new Redeliveries() },
    ...{ onHole: () => undefined, onPastEnd: () => undefined },
  })
  await positions.prepare()
  const membership = new Membership({
    ...{
      brokers: [{ host: '127.0.0.1', port: 1 }],
      clientId: 'c',
      topic: 't',
      group: 'g',
      consumers: 1,
      positions,
    },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    settings: () => ({ readUncommitted: false, processingMs: 0, failurePercent: 0, mayFail: false }),
    ...{
      joining: () => undefined,
      joined: () => undefined,
      rebalancing: () => undefined,
      mayDeliver: () => true,
    },
    positioned: (assignment) => void positioned.push(assignment),
    ...{
      deliver: () => ({ delivery: 1, attempt: 1 }),
      committed: () => undefined,
      failed: () => undefined,
      troubled: () => undefined,
    },
  })
  const emit = (name: keyof typeof EVENTS, payload: object = {}) =>
    listeners.get(EVENTS[name])?.({ payload: { ...MEMBER, ...payload } })
  return { membership, emit, positioned }
}

it('a member that was refused when it rejoined keeps its member id and partitions, and reports them at its next heartbeat', async () => {
  const { membership, emit, positioned } = await memberOfScript()
  emit('GROUP_JOIN', { memberAssignment: { t: [0] } })
  expect(positioned.map(({ partitions }) => partitions)).toEqual([[0]])
  emit('REBALANCING')
  expect(membership.assignment).toBeNull()
  emit('HEARTBEAT', { groupGenerationId: 1 })
  expect(positioned.at(-1)?.partitions).toEqual([0])
  expect(membership.assignment).not.toBeNull()
  await membership.destroy('the test is over')
})

it('a member that has rejoined has the partitions that it was assigned then', async () => {
  const { membership, emit, positioned } = await memberOfScript()
  emit('GROUP_JOIN', { memberAssignment: { t: [0] } })
  emit('REBALANCING')
  emit('GROUP_JOIN', { memberAssignment: { t: [] } })
  emit('HEARTBEAT', { groupGenerationId: 2 })
  expect(positioned.at(-1)).toMatchObject({ partitions: [], generation: 2 })
  await membership.destroy('the test is over')
})
