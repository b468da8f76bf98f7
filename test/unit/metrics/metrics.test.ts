import { describe, expect, it, onTestFinished } from 'vitest'
import { createMetrics } from '#lib/metrics/metrics.ts'
import { LOST } from '#test/support/scripted-driver.ts'
import { until } from '#test/support/until.ts'
import { scriptRooms } from '../rooms/scripted-rooms.ts'

async function createMeasuredDesk() {
  const scripted = await scriptRooms()
  const metrics = await createMetrics({ rooms: scripted.rooms, sockets: () => 4, proxied: () => 0 })
  onTestFinished(metrics.close)
  /** The value of one series, as Prometheus would read it. */
  const value = async (series: string): Promise<number | undefined> => {
    const { text } = await metrics.text()
    const line = text.split('\n').find((one) => one.startsWith(`${series} `))
    return line === undefined ? undefined : Number(line.slice(series.length + 1))
  }
  return { ...scripted, metrics, value }
}

describe('metrics', () => {
  it('counts publishes by what the broker answered, deliveries and their latency', async () => {
    const { lobby, drivers, value } = await createMeasuredDesk()
    for (const text of ['a', 'b']) await lobby.publish({ text, to: [{ system: 'redis' }] })
    const [first, second] = drivers.redis.publishes
    drivers.redis
      .consumer('subscriber-1')
      .deliver({ messageId: first?.message.messageId ?? null, body: first?.message.body ?? Buffer.of() })
    drivers.redis.consumer('subscriber-1').deliver({ identity: 'outside' })
    first?.answer()
    second?.answer({ outcome: 'unheard' })
    await until(
      'both answers',
      async () =>
        (await value('switchboard_messages_published_total{system="redis",outcome="unheard"}')) === 1,
    )
    expect(await value('switchboard_messages_published_total{system="redis",outcome="published"}')).toBe(1)
    expect(await value('switchboard_deliveries_total{system="redis"}')).toBe(2)
    expect(await value('switchboard_delivery_latency_seconds_count{system="redis"}')).toBe(1)
    expect(await value('switchboard_events_total{kind="delivered"}')).toBe(2)
  })

  it('counts events from before it was created, and those of rooms that are created later', async () => {
    const { rooms, lobby, value } = await createMeasuredDesk()
    const held = (await lobby.eventsSince({ epoch: rooms.epoch, seq: 0 }, 1_000)).events
    const consumers = held.filter(({ kind }) => kind === 'consumer').length
    expect(await value('switchboard_events_total{kind="consumer"}')).toBe(consumers)
    const { room } = await rooms.create('den')
    await room.awake()
    expect(await value('switchboard_events_total{kind="consumer"}')).toBe(2 * consumers)
  })

  it('shows brokers, rooms, sockets and consumers as they are', async () => {
    const { rooms, lobby, drivers, value } = await createMeasuredDesk()
    await rooms.create('den')
    await lobby.commandConsumer('redis:chatroom:subscriber-1', 'crash')
    drivers.kafka.setStatus(LOST)
    expect(await value('switchboard_broker_up{system="kafka"}')).toBe(0)
    expect(await value('switchboard_broker_up{system="redis"}')).toBe(1)
    expect(await value('switchboard_rooms')).toBe(2)
    expect(await value('switchboard_sockets')).toBe(4)
    expect(await value('switchboard_consumers{system="redis",state="crashed"}')).toBe(1)
    expect(await value('nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0)
  })
})
