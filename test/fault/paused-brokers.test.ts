import { describe, expect, onTestFinished, test } from 'vitest'
import { drivers } from '#lib/brokers/drivers.ts'
import type { EventKind, EventOf, RoomEvent } from '#lib/protocol/events.ts'
import { LocalBrokerSlots } from '#lib/rooms/broker-slots.ts'
import { createRooms } from '#lib/rooms/rooms.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'

const TEST_TIMEOUT_MS = 180_000
const BACK_WITHIN_MS = 60_000
const nothing = () => undefined
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** The lobby's own destination and consumers, on a broker that this test starts for itself. */
async function openLane(system: 'rabbitmq' | 'redis' | 'kafka') {
  const broker = await startOwnBroker(system)
  onTestFinished(broker.close)
  const { createDriver } = await (drivers[system] ?? expect.fail(system))()
  const driver = createDriver({ ...broker, clientName: uniqueName('paused'), log: silent })
  onTestFinished(() => driver.close())
  const slots = new LocalBrokerSlots({ systems: [system] })
  slots.attachDriver(system, driver)
  driver.open()
  const rooms = createRooms({ slots, log: silent })
  onTestFinished(() => rooms.close())
  const room = await rooms.get('lobby')
  const events: RoomEvent[] = []
  room.onEvent((event) => events.push(event))
  await room.watch()
  await until('the broker', () => slots.status(system).status === 'up')
  const isAttached = async () =>
    (await room.snapshot()).consumers.every((one) => one.system !== system || one.state === 'attached')
  await until('its consumers', isAttached)
  const of = <K extends EventKind>(kind: K) =>
    events.filter((event): event is EventOf<K> => event.kind === kind)
  const send = async (text: string) => (await room.publish({ text, to: [{ system }] })).id
  const confirmed = (id: string) => of('published').some(({ messageId }) => messageId === id)
  const delivered = (id: string) => of('delivered').some(({ messageId }) => messageId === id)
  return { broker, of, send, confirmed, delivered }
}

describe.each(['rabbitmq', 'redis', 'kafka'] as const)('%s, paused', (system) => {
  test(
    'answers nothing, and when it is resumed nothing is lost that it had confirmed',
    async () => {
      const { broker, of, send, confirmed, delivered } = await openLane(system)
      const before = await send('before')
      await until('its receipt', () => confirmed(before))
      await broker.pause()
      const during = await send('during')
      // What an outside program sees, whose connection is new: no answer.
      const probe = (await (drivers[system] ?? expect.fail(system))()).recipe.probe
      await expect(probe(broker.url, 1_000)).rejects.toThrow()
      expect(confirmed(during)).toBe(false)
      await broker.resume()
      await until(
        'a message to pass',
        async () => {
          const after = await send('after').catch(() => '')
          return until('its delivery', () => delivered(after), { timeoutMs: 2_000 }).catch(() => false)
        },
        { timeoutMs: BACK_WITHIN_MS },
      )
      await until('all that was confirmed to be delivered', () =>
        of('published').every(({ messageId }) => delivered(messageId)),
      )
    },
    TEST_TIMEOUT_MS,
  )
})
