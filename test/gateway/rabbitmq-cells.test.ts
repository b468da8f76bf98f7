import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { roomEventSchema } from '#lib/protocol/events.ts'
import type { Rooms } from '#lib/rooms/contract.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { openRoom, startRealRooms } from './support/real-rooms.ts'

/** The three modes of RabbitMQ, as a room has them. */

const system = 'rabbitmq'
let rooms: Rooms
let close: () => Promise<void>

beforeAll(async () => {
  ;({ rooms, close } = await startRealRooms())
})
afterAll(() => close())

/** Everything of that name on the broker. */
async function onBroker(prefix: string): Promise<string[]> {
  const { origin, username, password } = new URL(testBrokers().rabbitmq.managementUrl)
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const named = async (kind: string) => {
    const answer = await fetch(`${origin}/api/${kind}/%2F?disable_stats=true`, { headers: { authorization } })
    const all = (await answer.json()) as Array<{ name: string }>
    return all.map(({ name }) => `${kind} ${name}`).filter((one) => one.includes(` ${prefix}`))
  }
  return [...(await named('queues')), ...(await named('exchanges'))]
}

describe('a room with all three modes of RabbitMQ', () => {
  it('emits each mode’s own events under bare names, and leaves nothing on the broker when it is removed', async () => {
    const { room, events, of } = await openRoom(rooms)
    const { room: name } = await room.snapshot()
    await room.addDestination({ system, mode: 'queue', name: 'jobs', settings: { deadLetters: true } })
    const settings = { exchange: 'topic', alternateExchange: true }
    await room.addDestination({ system, mode: 'fanout', name: 'news', settings })
    await room.addDestination({ system, mode: 'log', name: 'journal' })
    const failing = { failurePercent: 100, onFailure: 'reject' }
    await room.addConsumer({ system, destination: 'jobs', name: 'clumsy', settings: failing })
    const dead = { reads: 'dead-letters' }
    const reader = await room.addConsumer({ system, destination: 'jobs', name: 'coroner', settings: dead })
    expect(reader.role).toBe('dead-letters')
    for (const one of ['eu', 'us']) {
      await room.addConsumer({ system, destination: 'news', name: one, settings: { bindingKey: `${one}.#` } })
      await room.addConsumer({ system, destination: 'journal', name: `reader-${one}` })
    }
    const bad = await room.publish({ text: 'bad', to: [{ system, destination: 'jobs' }] })
    const heard = await room.publish({ text: 'eu', key: 'eu.x', to: [{ system, destination: 'news' }] })
    await room.publish({ text: 'nobody', key: 'asia.x', to: [{ system, destination: 'news' }] })
    const kept = await room.publish({ text: 'kept', to: [{ system, destination: 'journal' }] })
    const arrived = (id: string) => of('delivered').filter(({ messageId }) => messageId === id)
    await until('all arrivals', () => arrived(kept.id).length === 2 && arrived(bad.id).length === 2)
    await until('the news', () => arrived(heard.id).length === 1)
    expect(arrived(heard.id).map(({ consumer }) => consumer)).toEqual(['eu'])
    expect(of('dead-lettered')).toMatchObject([
      { messageId: bad.id, to: 'jobs.dead', evidence: 'inferred' },
      { messageId: bad.id, to: 'jobs.dead', evidence: 'broker', reason: 'rejected' },
    ])
    const factsOf = (destination: string) =>
      of('facts')
        .filter((one) => one.destination === destination)
        .at(-1)?.facts
    await until('the facts of the exchange', () => {
      const facts = factsOf('news')
      return (
        facts?.mode === 'fanout' && facts.unrouted?.queue === 'news.unrouted' && facts.unrouted.ready === 1
      )
    })
    await until('the facts of the stream', () => {
      const facts = factsOf('journal')
      return (
        facts?.mode === 'log' && facts.readers.every(({ lag }) => lag === 0) && facts.readers.length === 2
      )
    })
    await until('the facts of the queue', () => {
      const facts = factsOf('jobs')
      return facts?.mode === 'queue' && facts.deadLetters?.queue === 'jobs.dead' && facts.consumers === 1
    })
    for (const event of events) roomEventSchema.parse(event)
    expect((await onBroker(`sb.${name}.`)).length).toBeGreaterThanOrEqual(9)
    await rooms.remove(name)
    expect(await onBroker(`sb.${name}.`)).toEqual([])
    // Taken away with the test, as every room that was opened for one.
    await rooms.create(name)
  }, 60_000)
})
