import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TEXT_MAX_BYTES } from '#lib/protocol/limits.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'
import type { TestSocket } from '#test/support/test-socket.ts'
import { until } from '#test/support/until.ts'

let app: TestApp
let room: string
let ada: TestSocket
beforeAll(async () => {
  app = await startApp({ brokers: testBrokers() })
  room = await app.room()
  ada = await app.connect()
  await ada.join(room)
})
afterAll(() => app.close())

const everywhere = [{ system: 'rabbitmq' }, { system: 'redis' }, { system: 'kafka' }]

describe('sending', () => {
  test('one message to all three systems has one id, one number and a life on each, all sent to its sender', async () => {
    const reply = await ada.command('message:publish', { to: everywhere, text: 'to all' })
    if (!reply.ok) throw new Error(reply.code)
    const { id, number, outcomes } = reply.value
    expect(outcomes).toEqual({ rabbitmq: { ok: true }, redis: { ok: true }, kafka: { ok: true } })
    const life = () => ada.events.filter((event) => 'messageId' in event && event.messageId === id)
    await until('a receipt and a delivery on each', () =>
      everywhere.every(({ system }) =>
        ['published', 'delivered'].every((kind) =>
          life().some((event) => event.kind === kind && 'system' in event && event.system === system),
        ),
      ),
    )
    const first = life()[0]
    expect(first).toMatchObject({ number, text: 'to all', sender: 'Ada', senderColour: 1 })
    expect(life().filter((event) => 'text' in event && event.text !== undefined)).toHaveLength(1)
  })

  test('messages of one socket keep their order', async () => {
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        ada.command('message:publish', { to: [{ system: 'redis' }], text: `in order ${index}` }),
      ),
    )
    const numbers = replies.map((reply) => (reply.ok ? reply.value.number : Number.NaN))
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index))
    const ids = replies.map((reply) => (reply.ok ? reply.value.id : ''))
    const arrived = () =>
      ada.events.flatMap((event) =>
        event.kind === 'delivered' && event.consumer === 'subscriber-1' && ids.includes(event.messageId)
          ? [event.messageId]
          : [],
      )
    await until('all of them', () => arrived().length === 50)
    expect(arrived()).toEqual(ids)
  })

  test('a text that is refused and a system that does not exist are answered with their codes', async () => {
    const send = (text: string, system = 'redis') =>
      ada.command('message:publish', { to: [{ system }], text })
    const refusal = async (text: string, system?: string) => {
      const reply = await send(text, system)
      return reply.ok ? Object.values(reply.value.outcomes)[0] : reply
    }
    expect(await refusal('')).toMatchObject({ ok: false, code: 'text-empty' })
    expect(await refusal('x'.repeat(TEXT_MAX_BYTES + 1))).toMatchObject({ ok: false, code: 'text-too-long' })
    expect(await refusal('hello', 'nats')).toMatchObject({ ok: false, code: 'system-not-found' })
  })
})

describe('a room shared by several sockets', () => {
  test('everyone is notified when people come, change their name and go', async () => {
    const grace = await app.connect()
    const { people } = await grace.join(room, { name: 'Grace', colour: 4 })
    expect(people.map(({ name }) => name).sort()).toEqual(['Ada', 'Grace'])
    const shown = (name: string, there: boolean) =>
      until(`${name} to be shown`, () => {
        const last = ada.events.findLast((event) => event.kind === 'people')
        return last?.people.some((person) => person.name === name) === there
      })
    await shown('Grace', true)
    await grace.command('person:update', { name: 'Grace H.', colour: 4 })
    await shown('Grace H.', true)
    grace.socket.disconnect()
    await shown('Grace H.', false)
  })

  test('a consumer that one person adds, pauses and removes is shown to the other', async () => {
    const other = await app.connect()
    await other.join(room)
    const added = await ada.command('consumer:add', { system: 'redis', name: 'third' })
    if (!added.ok) throw new Error(added.code)
    const id = added.value.id
    const states = () =>
      other.events.flatMap((event) =>
        event.kind === 'consumer' && event.now.id === id ? [event.now.state] : [],
      )
    await until('attached', () => states().at(-1) === 'attached')
    expect(await ada.command('consumer:command', { consumer: id, command: 'pause' })).toMatchObject({
      ok: true,
    })
    await until('paused', () => states().at(-1) === 'paused')
    expect(await ada.command('consumer:remove', { consumer: id })).toEqual({ ok: true, value: {} })
    await until('detached', () => states().at(-1) === 'detached')
    expect(await ada.command('consumer:remove', { consumer: id })).toMatchObject({
      ok: false,
      code: 'consumer-not-found',
    })
    other.socket.disconnect()
  })

  test('a removed room notifies the sockets in it, and refuses further commands', async () => {
    const name = `${room}-c`
    await app.request('PUT', `/api/rooms/${name}`)
    const guest = await app.connect()
    await guest.join(name)
    const closed = new Promise((resolve) => guest.socket.once('closed', resolve))
    await app.request('DELETE', `/api/rooms/${name}`)
    expect(await closed).toEqual({ room: name })
    expect(await guest.command('load:stop', {})).toMatchObject({ ok: false, code: 'room-not-found' })
    guest.socket.disconnect()
  })
})

test('nothing was logged as an error during these tests', () => {
  expect(app.wrong).toEqual([])
})
