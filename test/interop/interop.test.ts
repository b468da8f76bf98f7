import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { type Dashboard, startDashboard } from '#test/support/dashboard.ts'
import {
  feed,
  INSTALL_TIMEOUT_MS,
  prepareOutsidePrograms,
  program,
  type Receiver,
  receive,
  texts,
} from '#test/support/outside-programs.ts'
import { until } from '#test/support/until.ts'

/** The classic destinations and the outside program of each system that speaks Python. */
const CASES = [
  { system: 'rabbitmq', destination: 'mailbox', python: 'rabbitmq', panes: ['worker-1', 'worker-2'] },
  { system: 'redis', destination: 'chatroom', python: 'redis', panes: ['subscriber-1', 'subscriber-2'] },
  {
    system: 'kafka',
    destination: 'datascience',
    python: 'kafka',
    panes: ['reader-1', 'reader-2', 'reader-3'],
  },
] as const

const TYPED = [
  'plain words',
  'naïve café – “quotes”',
  '日本語 и русский',
  '👩🏽‍🚀 zwj and 🇳🇴',
  '{"json": true, "n": 1}',
  '  spaces kept  ',
]

let dashboard: Dashboard
const brokerUrl = (system: (typeof CASES)[number]['system']) => testBrokers()[system].url

const isDelivered = (event: RoomEvent): event is EventOf<'delivered'> => event.kind === 'delivered'

async function deliveriesSince(seq: number, system: string): Promise<EventOf<'delivered'>[]> {
  return (await dashboard.events(seq)).filter(isDelivered).filter((event) => event.system === system)
}

beforeAll(async () => {
  await prepareOutsidePrograms()
  dashboard = await startDashboard(testBrokers())
  await dashboard.attached()
}, INSTALL_TIMEOUT_MS)

afterAll(async () => {
  await dashboard?.close()
})

describe('what an outside program writes shows up in the panes, as written and marked as from outside', () => {
  test.each(CASES)('$python → $destination', async ({ system, destination, python, panes }) => {
    const { seq } = await dashboard.snapshot()
    const lines = TYPED.map((text) => `${text} ${uniqueName('out')}`)
    await feed([...program(`${python}_send`), brokerUrl(system), destination], lines)
    const copies = system === 'rabbitmq' ? 1 : 2
    const seen = await until('every copy', async () => {
      const all = await deliveriesSince(seq, system)
      return all.length >= lines.length * copies && all
    })
    expect(seen).toHaveLength(lines.length * copies)
    const first = seen.filter((event) => event.text !== undefined)
    expect(first.map((event) => event.text).sort()).toEqual([...lines].sort())
    expect(first.every((event) => event.outside === true)).toBe(true)
    expect(new Set(seen.map((event) => event.messageId)).size).toBe(lines.length)
    expect(panes).toEqual(expect.arrayContaining([...new Set(seen.map((event) => event.consumer))]))
  })

  test.each([
    {
      name: 'amqp-publish',
      system: 'rabbitmq',
      command: (text: string) => [
        'amqp-publish',
        '--url',
        brokerUrl('rabbitmq'),
        '-r',
        'mailbox',
        '-b',
        text,
      ],
    },
    {
      name: 'redis-cli',
      system: 'redis',
      command: (text: string) => ['redis-cli', '-u', brokerUrl('redis'), 'publish', 'chatroom', text],
    },
  ])('$name', async ({ system, command }) => {
    const { seq } = await dashboard.snapshot()
    const text = `from a shell: ${uniqueName('æøå')}`
    await feed(command(text), [])
    const seen = await until('it to arrive', async () =>
      (await deliveriesSince(seq, system)).find((event) => event.text === text),
    )
    expect(seen.outside).toBe(true)
  })

  test('kcat -P', async () => {
    const { seq } = await dashboard.snapshot()
    const text = `from kcat: ${uniqueName('ß')}`
    await feed(['kcat', '-P', '-b', brokerUrl('kafka'), '-t', 'datascience'], [text])
    const seen = await until('it to arrive', async () =>
      (await deliveriesSince(seq, 'kafka')).find((event) => event.text === text),
    )
    expect(seen.outside).toBe(true)
  })
})

describe('what is typed reaches an outside program as exactly the typed text', () => {
  /** What was typed, by the id the dashboard gave it. */
  const textOf = new Map<string, string>()
  const sendAll = async (system: string) => {
    const sent = TYPED.map((text) => `${text} ${uniqueName('in')}`)
    for (const text of sent) textOf.set((await dashboard.send(system, text)).id, text)
    return sent
  }
  const reading = async (receiver: Promise<Receiver>, use: (receiver: Receiver) => Promise<void>) => {
    const running = await receiver
    try {
      await use(running)
    } finally {
      await running.stop()
    }
  }

  test('redis-py hears every message on chatroom', () =>
    reading(receive([...program('redis_receive'), brokerUrl('redis'), 'chatroom']), async (receiver) => {
      const sent = await sendAll('redis')
      await until('all of them', () => receiver.lines.length >= sent.length)
      expect(texts(receiver)).toEqual(sent)
    }))

  test('kafka-python in a group of its own reads every message of datascience', () =>
    reading(
      receive([...program('kafka_receive'), brokerUrl('kafka'), 'datascience', uniqueName('interop')]),
      async (receiver) => {
        const sent = await sendAll('kafka')
        await until('all of them', () => receiver.lines.length >= sent.length)
        expect(texts(receiver).sort()).toEqual([...sent].sort())
      },
    ))

  test('pika on mailbox is one more worker: it and the panes share the messages, each to exactly one', () =>
    reading(receive([...program('rabbitmq_receive'), brokerUrl('rabbitmq'), 'mailbox']), async (receiver) => {
      const { seq } = await dashboard.snapshot()
      const sent = [...(await sendAll('rabbitmq')), ...(await sendAll('rabbitmq'))]
      const inPanes = await until('all of them', async () => {
        const panes = await deliveriesSince(seq, 'rabbitmq')
        return panes.length + receiver.lines.length >= sent.length && panes
      })
      expect(receiver.lines.length).toBeGreaterThan(0)
      expect(inPanes.length).toBeGreaterThan(0)
      expect([...texts(receiver), ...inPanes.map((event) => textOf.get(event.messageId))].sort()).toEqual(
        [...sent].sort(),
      )
    }))

  test('kcat as a member of analytics shares the partitions with the panes of that group', async () => {
    const joined = async () => {
      const facts = (await dashboard.events(0))
        .filter((event): event is EventOf<'facts'> => event.kind === 'facts' && event.system === 'kafka')
        .at(-1)?.facts
      if (facts?.mode !== 'log') return false
      const group = facts.groups.find((candidate) => candidate.group === 'analytics')
      return group?.members.some((member) => member.outside && member.partitions.length > 0) ?? false
    }
    const command = [
      'kcat',
      '-q',
      '-u',
      '-b',
      brokerUrl('kafka'),
      '-G',
      'analytics',
      '-o',
      'stored',
      '-f',
      '%s\n',
      'datascience',
    ]
    await reading(receive(command, joined), async (receiver) => {
      const { seq } = await dashboard.snapshot()
      const sent = [...(await sendAll('kafka')), ...(await sendAll('kafka')), ...(await sendAll('kafka'))]
      const inPanes = await until('all of them', async () => {
        const panes = (await deliveriesSince(seq, 'kafka')).filter((event) => event.group === 'analytics')
        return panes.length + receiver.lines.length >= sent.length && panes
      })
      expect(receiver.lines.length).toBeGreaterThan(0)
      expect(inPanes.length + receiver.lines.length).toBe(sent.length)
      expect(sent).toEqual(expect.arrayContaining([...receiver.lines]))
    })
  })
})

describe('a system keeps for those who come later, or it does not', () => {
  test('what arrived in mailbox before the first consumer joined is delivered when it joins', async () => {
    const room = uniqueName('late')
      .replace(/[^a-z0-9-]/g, '')
      .slice(0, 32)
    await dashboard.request('PUT', `/api/rooms/${room}`)
    const before = await dashboard.attached(room)
    const workers = before.consumers.filter((consumer) => consumer.system === 'rabbitmq')
    for (const worker of workers)
      await dashboard.request('DELETE', `/api/rooms/${room}/consumers/${encodeURIComponent(worker.id)}`)
    const address =
      before.destinations.find((destination) => destination.system === 'rabbitmq')?.address ?? ''
    const text = uniqueName('waiting')
    await feed([...program('rabbitmq_send'), brokerUrl('rabbitmq'), address], [text])
    const added = await dashboard.request('POST', `/api/rooms/${room}/consumers`, {
      system: 'rabbitmq',
      name: 'latecomer',
    })
    expect(added.status).toBe(201)
    const seen = await until('it to arrive', async () =>
      (await dashboard.events(before.seq, room)).filter(isDelivered).find((event) => event.text === text),
    )
    expect(seen).toMatchObject({ consumer: 'latecomer', outside: true })
    await dashboard.request('DELETE', `/api/rooms/${room}`)
  })

  test('a new Kafka group reads from the end, or from the beginning when asked', async () => {
    const { seq, id } = await dashboard.send('kafka', uniqueName('earlier'))
    await until('it to be stored', async () =>
      (await dashboard.events(seq)).some((event) => event.kind === 'published' && event.messageId === id),
    )
    const add = (name: string, from: string) =>
      dashboard.request('POST', '/api/rooms/lobby/consumers', {
        system: 'kafka',
        name,
        group: name,
        settings: { from },
      })
    const fromEnd = uniqueName('end')
    const fromStart = uniqueName('start')
    expect((await add(fromEnd, 'latest')).status).toBe(201)
    expect((await add(fromStart, 'earliest')).status).toBe(201)
    const later = await dashboard.send('kafka', uniqueName('later'))
    const seenBy = async (name: string) =>
      (await deliveriesSince(0, 'kafka'))
        .filter((event) => event.consumer === name)
        .map((event) => event.messageId)
    await until(
      'both to have the later one',
      async () => (await seenBy(fromEnd)).includes(later.id) && (await seenBy(fromStart)).includes(later.id),
    )
    expect(await seenBy(fromStart)).toContain(id)
    expect(await seenBy(fromEnd)).toEqual([later.id])
    for (const name of [fromEnd, fromStart])
      await dashboard.request(
        'DELETE',
        `/api/rooms/lobby/consumers/${encodeURIComponent(`kafka:datascience:${name}`)}`,
      )
  })

  test('nobody listening on a Redis channel: the sender learns that nobody heard it', async () => {
    const { consumers } = await dashboard.snapshot()
    const subscribers = consumers.filter((consumer) => consumer.system === 'redis')
    for (const subscriber of subscribers)
      await dashboard.request('DELETE', `/api/rooms/lobby/consumers/${encodeURIComponent(subscriber.id)}`)
    const { id, seq } = await dashboard.send('redis', 'is anybody there?')
    const fate = await until('its receipt', async () =>
      (await dashboard.events(seq)).find((event) => 'messageId' in event && event.messageId === id),
    )
    expect(fate.kind).toBe('unheard')
    for (const subscriber of subscribers) {
      const added = await dashboard.request('POST', '/api/rooms/lobby/consumers', {
        system: 'redis',
        name: subscriber.name,
      })
      expect(added.status).toBe(201)
    }
  })
})
