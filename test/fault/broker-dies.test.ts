import { describe, expect, test } from 'vitest'
import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'
import { type TestBrokers, testBrokers } from '#test/support/brokers.ts'
import { type Dashboard, startDashboard } from '#test/support/dashboard.ts'
import { startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'

const SYSTEMS = ['rabbitmq', 'redis', 'kafka'] as const
type System = (typeof SYSTEMS)[number]

/** A lane must be back this long after its broker is; it takes some 3 s on an idle machine. */
const RECOVERY_MAX_MS = 30_000
/** What a delivery elsewhere may take while a broker dies and comes back on the same two busy cores. */
const STUTTER_MAX_MS = 6_000
const TEST_TIMEOUT_MS = 180_000

interface Sent {
  system: System
  status: number
  id: string
  retryAfter: string | null
}

/** Sends to all three again and again until it is stopped; keeps the answer to each send. */
function startTraffic(dashboard: Dashboard) {
  const sent: Sent[] = []
  let going = true
  const sendOne = async (system: System, turn: number) => {
    const answer = await dashboard.request('POST', '/api/rooms/lobby/messages', {
      system,
      text: `turn ${turn}`,
    })
    const body = (await answer.json()) as { id?: string }
    sent.push({
      system,
      status: answer.status,
      id: body.id ?? '',
      retryAfter: answer.headers.get('retry-after'),
    })
  }
  const loop = async () => {
    for (let turn = 0; going; turn += 1) await Promise.all(SYSTEMS.map((system) => sendOne(system, turn)))
  }
  const done = loop()
  return {
    sent,
    stop: async () => {
      going = false
      await done
    },
  }
}

const brokerStatus = (events: readonly RoomEvent[], system: System) =>
  events
    .filter((event): event is EventOf<'broker'> => event.kind === 'broker' && event.system === system)
    .at(-1)?.now.status

const deliveredOf = (events: readonly RoomEvent[], system: System) =>
  events.filter(
    (event): event is EventOf<'delivered'> => event.kind === 'delivered' && event.system === system,
  )

async function health(dashboard: Dashboard, system: System): Promise<string> {
  const answer = (await (await dashboard.request('GET', '/api/health')).json()) as {
    brokers: Record<string, { status: string }>
  }
  return answer.brokers[system]?.status ?? 'unknown'
}

/** Waits until a message that was sent to each of the other two while the victim was away has arrived: none waits for it. */
async function arrivalsElsewhere(dashboard: Dashboard, victim: System, seq: number, sent: () => Sent[]) {
  for (const other of SYSTEMS.filter((system) => system !== victim)) {
    await until(`${other} to deliver while ${victim} is away`, async () => {
      const one = sent().find(({ system }) => system === other)
      return deliveredOf(await dashboard.events(seq), other).some((event) => event.messageId === one?.id)
    })
  }
}

async function killedInMidTraffic(victim: System) {
  const own = await startOwnBroker(victim)
  const brokers = {
    ...testBrokers(),
    [victim]: { url: own.url, managementUrl: own.managementUrl ?? '' },
  } as TestBrokers
  const dashboard = await startDashboard(brokers)
  try {
    const { seq } = await dashboard.attached()
    const traffic = startTraffic(dashboard)
    await until('traffic to flow', () => traffic.sent.filter((one) => one.status === 202).length > 100)
    await own.kill9()
    await until(
      'the lane to say that its broker is away',
      async () => (await health(dashboard, victim)) !== 'up',
    )
    const refusedFrom = traffic.sent.length
    await until('sends to be refused', () =>
      traffic.sent.slice(refusedFrom).some((one) => one.system === victim && one.status === 503),
    )
    await arrivalsElsewhere(dashboard, victim, seq, () => traffic.sent.slice(refusedFrom))
    await own.start()
    const returnedAt = Date.now()
    await until('the lane to recover', async () => (await health(dashboard, victim)) === 'up')
    await dashboard.attached()
    const recoveredMs = Date.now() - returnedAt
    const again = traffic.sent.length
    await until(
      'traffic to flow again',
      () =>
        traffic.sent.slice(again).filter((one) => one.system === victim && one.status === 202).length > 20,
    )
    await traffic.stop()
    const settled = await until('every accepted message to have had its receipt', async () => {
      const events = await dashboard.events(seq)
      const withReceipt = new Set(
        events
          .filter((event) =>
            ['published', 'unheard', 'returned', 'refused', 'uncertain'].includes(event.kind),
          )
          .map(
            (event) =>
              `${(event as EventOf<'published'>).system} ${(event as EventOf<'published'>).messageId}`,
          ),
      )
      return (
        traffic.sent.every((one) => one.status !== 202 || withReceipt.has(`${one.system} ${one.id}`)) &&
        events
      )
    })
    return { dashboard, own, traffic, recoveredMs, events: settled, seq }
  } catch (error) {
    await dashboard.close()
    await own.close()
    throw error
  }
}

describe.each(SYSTEMS)('%s killed with -9 in mid-traffic and started again', (victim) => {
  test(
    'its lane recovers by itself, the other two never stutter, and every promise is kept',
    async () => {
      const { dashboard, own, traffic, recoveredMs, events, seq } = await killedInMidTraffic(victim)
      try {
        expect(recoveredMs).toBeLessThan(RECOVERY_MAX_MS)
        expect(brokerStatus(events, victim)).toBe('up')
        for (const other of SYSTEMS.filter((system) => system !== victim)) {
          const answers = traffic.sent.filter((one) => one.system === other)
          expect(answers.every((one) => one.status === 202)).toBe(true)
          await until(`every message of ${other} to arrive`, async () => {
            const arrived = new Set(
              deliveredOf(await dashboard.events(seq), other).map((event) => event.messageId),
            )
            return answers.every((one) => arrived.has(one.id))
          })
          const slowest = Math.max(...deliveredOf(events, other).map((event) => event.latencyMs ?? 0))
          expect(slowest).toBeLessThan(STUTTER_MAX_MS)
        }
        const refused = traffic.sent.filter((one) => one.system === victim && one.status !== 202)
        expect(refused.length).toBeGreaterThan(0)
        expect(refused.every((one) => one.status === 503 && one.retryAfter !== null)).toBe(true)
        await promisesKept[victim](
          dashboard,
          seq,
          traffic.sent.filter((one) => one.system === victim && one.status === 202),
        )
      } finally {
        await dashboard.close()
        await own.close()
      }
    },
    TEST_TIMEOUT_MS,
  )
})

/** What each system promised about the messages it accepted, asked of the events. */
const promisesKept: Record<System, (dashboard: Dashboard, seq: number, accepted: Sent[]) => Promise<void>> = {
  kafka: async (dashboard, seq) => {
    const events = await until('both groups to have all that Kafka acknowledged', async () => {
      const all = await dashboard.events(seq)
      const stored = all.filter((event) => event.kind === 'published' && event.system === 'kafka')
      const has = new Set(deliveredOf(all, 'kafka').map((event) => `${event.group} ${event.messageId}`))
      const missing = stored.filter(
        (event) =>
          'messageId' in event &&
          !(has.has(`analytics ${event.messageId}`) && has.has(`audit ${event.messageId}`)),
      )
      if (missing.length > 0) throw new Error(`${missing.length} of ${stored.length} are missing`)
      return all
    })
    expect(deliveredOf(events, 'kafka').filter((event) => event.outside)).toEqual([])
  },
  redis: async (dashboard, seq) => {
    const events = await dashboard.events(seq)
    const copies = deliveredOf(events, 'redis').map((event) => `${event.consumer} ${event.messageId}`)
    expect(new Set(copies).size).toBe(copies.length)
    const away = events.filter((event) => event.kind === 'gap' && event.system === 'redis')
    expect(away.map((event) => (event as EventOf<'gap'>).consumer).sort()).toEqual([
      'subscriber-1',
      'subscriber-2',
    ])
    expect(deliveredOf(events, 'redis').filter((event) => event.outside)).toEqual([])
  },
  rabbitmq: async (dashboard, seq, accepted) => {
    const events = await dashboard.events(seq)
    const lossShown = events.some(
      (event) => (event.kind === 'gap' || event.kind === 'fault') && event.system === 'rabbitmq',
    )
    expect(lossShown, 'the loss of a transient queue is shown').toBe(true)
    const lastOnes = accepted.slice(-10).map((one) => one.id)
    await until('what was sent after the return to arrive', async () => {
      const arrived = new Set(
        deliveredOf(await dashboard.events(seq), 'rabbitmq').map((event) => event.messageId),
      )
      return lastOnes.every((id) => arrived.has(id))
    })
  },
}
