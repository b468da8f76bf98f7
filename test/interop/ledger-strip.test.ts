import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import { type TestBrokers, testBrokers } from '#test/support/brokers.ts'
import { type Dashboard, startDashboard } from '#test/support/dashboard.ts'
import {
  INSTALL_TIMEOUT_MS,
  prepareOutsidePrograms,
  program,
  type Receiver,
  receive,
  texts,
} from '#test/support/outside-programs.ts'
import { type OwnBroker, startOwnBroker, type TestSystem } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'

/**
 * The strips' figures against the count of a program that knows nothing of the dashboard, on a broker of the test's own
 * that crashes in between.
 */
const TEST_TIMEOUT_MS = 240_000

interface World {
  own: OwnBroker
  dashboard: Dashboard
  close(): Promise<void>
}

async function open(system: TestSystem): Promise<World> {
  const own = await startOwnBroker(system)
  const brokers = {
    ...testBrokers(),
    [system]: { url: own.url, managementUrl: own.managementUrl ?? '' },
  } as TestBrokers
  const dashboard = await startDashboard(brokers)
  return {
    own,
    dashboard,
    close: async () => {
      await dashboard.close()
      await own.close()
    },
  }
}

/** The books as a page would show them: from the snapshot and every event since. */
async function booksOf(dashboard: Dashboard) {
  const ledger = createLedger()
  ledger.reset(await dashboard.snapshot())
  ledger.applyAll(await dashboard.events(0))
  return ledger
}

async function health(dashboard: Dashboard, system: string): Promise<string> {
  const answer = (await (await dashboard.request('GET', '/api/health')).json()) as {
    brokers: Record<string, { status: string }>
  }
  return answer.brokers[system]?.status ?? 'unknown'
}

const command = (dashboard: Dashboard, id: string, verb: string) =>
  dashboard.request('POST', `/api/rooms/lobby/consumers/${encodeURIComponent(id)}/${verb}`)

/** Sends so many, one after the other; answers the texts of those that the room took. */
async function sendMany(
  dashboard: Dashboard,
  system: string,
  what: string,
  count: number,
): Promise<string[]> {
  const taken: string[] = []
  for (let index = 0; index < count; index += 1) {
    const text = `${what} ${index}`
    await dashboard.send(system, text)
    taken.push(text)
  }
  return taken
}

async function outage({ own, dashboard }: World, system: TestSystem): Promise<void> {
  await own.kill9()
  await until('the lane to say so', async () => (await health(dashboard, system)) !== 'up')
  const refused = await dashboard.request('POST', '/api/rooms/lobby/messages', {
    system,
    text: 'into the void',
  })
  expect(refused.status).toBe(503)
  await own.start()
  await until('the lane to be back', async () => (await health(dashboard, system)) === 'up', {
    timeoutMs: 60_000,
  })
  await dashboard.attached()
}

beforeAll(prepareOutsidePrograms, INSTALL_TIMEOUT_MS)

describe('the ledger strip says what an outside program counted, with a crash and an outage in between', () => {
  let world: World | undefined
  const receivers: Receiver[] = []
  afterAll(async () => {
    for (const receiver of receivers) await receiver.stop()
    await world?.close()
  })

  test(
    'Redis: a subscriber outside heard exactly what passed; ours had it or missed it',
    async () => {
      world = await open('redis')
      const { dashboard, own } = world
      await dashboard.attached()
      const listen = async () => {
        const receiver = await receive([...program('redis_receive'), own.url, 'chatroom'])
        receivers.push(receiver)
        return receiver
      }
      const before = await listen()
      const had = async (subscriber: string) =>
        (await booksOf(dashboard)).paneTally(`redis:chatroom:${subscriber}`)?.unique
      const calm = await sendMany(dashboard, 'redis', 'calm', 20)
      await until(
        'subscriber-2 to have had all before it crashes',
        async () => (await had('subscriber-2')) === 20,
      )
      await command(dashboard, 'redis:chatroom:subscriber-2', 'crash')
      const missed = await sendMany(dashboard, 'redis', 'crashed', 15)
      await command(dashboard, 'redis:chatroom:subscriber-2', 'start')
      await dashboard.attached()
      await until('the outside program to have heard all', () => before.lines.length === 35)
      await until(
        'subscriber-1 to have had all before Redis dies',
        async () => (await had('subscriber-1')) === 35,
      )
      await outage(world, 'redis')
      const after = await listen()
      const late = await sendMany(dashboard, 'redis', 'after', 10)
      await until('the outside program to have heard all', () => after.lines.length === 10)
      const heard = [...texts(before), ...texts(after)]
      expect(heard).toEqual([...calm, ...missed, ...late])

      const books = await until('our subscribers to have had theirs', async () => {
        const all = await booksOf(dashboard)
        return all.paneTally('redis:chatroom:subscriber-2')?.unique === 30 && all
      })
      expect(books.tally('redis', 'chatroom')).toMatchObject({
        sent: heard.length,
        seen: heard.length,
        waiting: 0,
        lost: 0,
        unknown: 0,
        duplicates: 0,
        late: 0,
      })
      expect(books.paneTally('redis:chatroom:subscriber-1')).toMatchObject({
        unique: heard.length,
        missed: 0,
      })
      expect(books.paneTally('redis:chatroom:subscriber-2')).toMatchObject({
        unique: heard.length - missed.length,
        missed: missed.length,
      })
      const behind = books.countedInPane('redis:chatroom:subscriber-2', 'missed').messages
      expect(behind.map(({ text }) => text).reverse()).toEqual(missed)
    },
    TEST_TIMEOUT_MS,
  )
})

describe('the same on a log', () => {
  let world: World | undefined
  let receiver: Receiver | undefined
  afterAll(async () => {
    await receiver?.stop()
    await world?.close()
  })

  test(
    'Kafka: a group outside read exactly what was sent; each of ours saw each record, some of them again',
    async () => {
      world = await open('kafka')
      const { dashboard, own } = world
      await dashboard.attached()
      receiver = await receive([...program('kafka_receive'), own.url, 'datascience', 'outside-count'])
      const calm = await sendMany(dashboard, 'kafka', 'calm', 20)
      await command(dashboard, 'kafka:datascience:reader-3', 'crash')
      const waiting = await sendMany(dashboard, 'kafka', 'crashed', 15)
      await command(dashboard, 'kafka:datascience:reader-3', 'start')
      await dashboard.attached()
      await outage(world, 'kafka')
      const after = await sendMany(dashboard, 'kafka', 'after', 10)
      const sent = [...calm, ...waiting, ...after]
      const outside = receiver
      // After an outage the outside program finds its group again in its own time.
      await until('the outside group to have read all', () => new Set(outside.lines).size === sent.length, {
        timeoutMs: 120_000,
      })
      expect([...new Set(texts(outside))].sort()).toEqual([...sent].sort())

      const books = await until(
        'our groups to have read all',
        async () => {
          const all = await booksOf(dashboard)
          const seen = all.tally('kafka', 'datascience')?.seen
          return (
            seen === sent.length && all.paneTally('kafka:datascience:reader-3')?.unique === sent.length && all
          )
        },
        { timeoutMs: 60_000 },
      )
      expect(books.tally('kafka', 'datascience')).toMatchObject({
        sent: sent.length,
        seen: sent.length,
        waiting: 0,
        lost: 0,
        unknown: 0,
      })
      const arrivals = (await dashboard.events(0)).filter(
        (event) => event.kind === 'delivered' && event.system === 'kafka',
      )
      // Two groups, each due one copy: whatever arrived beyond that arrived again.
      expect(books.tally('kafka', 'datascience')?.duplicates).toBe(arrivals.length - 2 * sent.length)
    },
    TEST_TIMEOUT_MS,
  )
})

describe('the same on a queue', () => {
  let world: World | undefined
  let receiver: Receiver | undefined
  afterAll(async () => {
    await receiver?.stop()
    await world?.close()
  })

  test(
    'RabbitMQ: what a worker outside took of what was left is what the strip says waited or left unseen',
    async () => {
      world = await open('rabbitmq')
      const { dashboard, own } = world
      await dashboard.attached()
      await sendMany(dashboard, 'rabbitmq', 'calm', 20)
      const tally = async () => (await booksOf(dashboard)).tally('rabbitmq', 'mailbox')
      await until('ours to have had them', async () => (await tally())?.seen === 20)
      for (const name of ['worker-1', 'worker-2']) {
        await command(dashboard, `rabbitmq:mailbox:${name}`, 'crash')
      }
      const left = await sendMany(dashboard, 'rabbitmq', 'left', 15)
      await until('them to wait', async () => (await tally())?.waiting === 15)
      receiver = await receive([...program('rabbitmq_receive'), own.url, 'mailbox'])
      const outside = receiver
      await until('the worker outside to have taken them', () => outside.lines.length === 15)
      expect(texts(outside)).toEqual(left)
      await until('the strip to say that they left unseen', async () => (await tally())?.unknown === 15)
      await outside.stop()
      await until('the broker to have noticed that it is gone', async () => {
        const newest = (await dashboard.events(0)).findLast(
          (event) => event.kind === 'facts' && event.system === 'rabbitmq',
        )
        return newest?.kind === 'facts' && newest.facts.mode === 'queue' && newest.facts.consumers === 0
      })
      await sendMany(dashboard, 'rabbitmq', 'doomed', 7)
      await until('them to wait', async () => (await tally())?.waiting === 7)
      for (const name of ['worker-1', 'worker-2']) {
        await command(dashboard, `rabbitmq:mailbox:${name}`, 'start')
      }
      await until('ours to have had them', async () => (await tally())?.seen === 27)
      await dashboard.attached()
      await outage(world, 'rabbitmq')
      await sendMany(dashboard, 'rabbitmq', 'after', 5)
      const end = await until('ours to have had the last', async () => {
        const now = await tally()
        return now?.seen === 32 && now
      })
      expect(end).toMatchObject({ sent: 47, seen: 32, waiting: 0, lost: 0, unknown: 15, refused: 0 })
    },
    TEST_TIMEOUT_MS,
  )
})
