import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { type Dashboard, startDashboard } from '#test/support/dashboard.ts'
import {
  feed,
  INSTALL_TIMEOUT_MS,
  installCommandLineClients,
  type Receiver,
  receive,
} from '#test/support/outside-programs.ts'
import { until } from '#test/support/until.ts'

let dashboard: Dashboard
const room = uniqueName('cells')
  .replace(/[^a-z0-9-]/g, '')
  .slice(0, 32)
const url = () => testBrokers().kafka.url

const isDelivered = (event: RoomEvent): event is EventOf<'delivered'> => event.kind === 'delivered'
const deliveries = async (seq: number, destination: string) =>
  (await dashboard.events(seq, room)).filter(isDelivered).filter((event) => event.destination === destination)
const committedIn = async (group: string) =>
  (await dashboard.events(0, room)).some((event) => event.kind === 'committed' && event.group === group)

async function factsOf(destination: string): Promise<Facts | undefined> {
  const reported = (await dashboard.events(0, room)).filter(
    (event): event is EventOf<'facts'> => event.kind === 'facts' && event.destination === destination,
  )
  return reported.at(-1)?.facts
}

async function make(mode: 'queue' | 'fanout', name: string, consumers: string[]): Promise<void> {
  const destination = await dashboard.request('POST', `/api/rooms/${room}/destinations`, {
    system: 'kafka',
    mode,
    name,
    settings: { partitions: 3 },
  })
  expect(destination.status).toBe(201)
  for (const consumer of consumers) {
    const added = await dashboard.request('POST', `/api/rooms/${room}/consumers`, {
      system: 'kafka',
      destination: name,
      name: consumer,
    })
    expect(added.status).toBe(201)
  }
}

/** From the beginning: a member is not positioned at once, and what is sent until then it would miss at the end. */
const kcatIn = (group: string, topic: string, isReady: () => Promise<boolean>): Promise<Receiver> =>
  receive(
    ['kcat', '-q', '-u', '-b', url(), '-X', 'auto.offset.reset=earliest', '-G', group, '-f', '%s\n', topic],
    isReady,
  )

const sendAll = async (destination: string, count: number) => {
  const sent = Array.from({ length: count }, () => uniqueName('text'))
  for (const text of sent) await dashboard.send('kafka', text, { destination, room })
  return sent
}

beforeAll(async () => {
  await installCommandLineClients()
  dashboard = await startDashboard(testBrokers())
  await dashboard.request('PUT', `/api/rooms/${room}`)
  await dashboard.attached(room)
}, INSTALL_TIMEOUT_MS)

afterAll(async () => {
  await dashboard?.request('DELETE', `/api/rooms/${room}`)
  await dashboard?.close()
})

describe('a topic as a queue', () => {
  test('kcat in the group of the workers is one more worker: each message goes to kcat or to a pane', async () => {
    await make('queue', 'orders', ['worker-1', 'worker-2'])
    const { consumers } = await dashboard.snapshot(room)
    const workers = consumers.filter(({ destination }) => destination === 'orders')
    expect(workers.map(({ group }) => group)).toEqual(['orders.workers', 'orders.workers'])
    const joined = async () => {
      const facts = await factsOf('orders')
      return facts?.mode === 'queue' && facts.outside === 1 && facts.consumers === 3
    }
    const kcat = await kcatIn(`sb.${room}.orders.workers`, `sb.${room}.orders`, joined)
    const { seq } = await dashboard.snapshot(room)
    const sent = await sendAll('orders', 18)
    const inPanes = await until('all of them', async () => {
      const panes = await deliveries(seq, 'orders')
      return panes.length + kcat.lines.length >= sent.length && panes
    })
    expect(inPanes.length).toBeGreaterThan(0)
    expect(kcat.lines.length).toBeGreaterThan(0)
    expect(inPanes.length + kcat.lines.length).toBe(sent.length)
    expect(sent).toEqual(expect.arrayContaining([...kcat.lines]))
    await until('a commit of the group', () => committedIn('orders.workers'))
    await kcat.stop()
  }, 90_000)

  test('what kcat writes goes to one of the panes, marked as from outside', async () => {
    const { seq } = await dashboard.snapshot(room)
    const text = uniqueName('from kcat')
    await feed(['kcat', '-P', '-b', url(), '-t', `sb.${room}.orders`], [text])
    const seen = await until(
      'it to arrive',
      async () => (await deliveries(seq, 'orders')).find((event) => event.text === text),
      { timeoutMs: 20_000 },
    )
    expect(seen).toMatchObject({ outside: true, group: 'orders.workers' })
  }, 40_000)
})

describe('a topic as a fan-out', () => {
  test('kcat in a group of its own gets a copy like every pane, and counts as one subscriber outside', async () => {
    await make('fanout', 'alerts', ['subscriber-1', 'subscriber-2'])
    const joined = async () => {
      const facts = await factsOf('alerts')
      return facts?.mode === 'fanout' && facts.outside === 1 && facts.subscribers === 3
    }
    const kcat = await kcatIn(uniqueName('outside'), `sb.${room}.alerts`, joined)
    const { seq } = await dashboard.snapshot(room)
    const sent = await sendAll('alerts', 6)
    const inPanes = await until('all copies', async () => {
      const panes = await deliveries(seq, 'alerts')
      return panes.length >= sent.length * 2 && kcat.lines.length >= sent.length && panes
    })
    expect([...kcat.lines].sort()).toEqual([...sent].sort())
    expect(inPanes).toHaveLength(sent.length * 2)
    expect(new Set(inPanes.map(({ group }) => group))).toEqual(
      new Set(['alerts.subscriber-1', 'alerts.subscriber-2']),
    )
    await kcat.stop()
  }, 90_000)
})
