import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/protocol/errors.ts'
import { TEXT_MAX_BYTES, WAKE_WAIT_MS } from '#lib/protocol/limits.ts'
import { createDeferred, type Deferred } from '#lib/util/deferred.ts'
import { LOST, receiptOf, type ScriptedDriver, UP } from '#test/support/scripted-driver.ts'
import { until } from '#test/support/until.ts'
import { kinds, of, scriptRooms } from './scripted-rooms.ts'

/** Consumers asked for attach only when the test says so. */
function holdAttach(driver: ScriptedDriver): Deferred<void> {
  const deferred = createDeferred<void>()
  driver.script.attach = () => deferred.promise
  return deferred
}

const toAll = [{ system: 'rabbitmq' }, { system: 'redis' }, { system: 'kafka' }]

describe('publishing', () => {
  it('one message to three brokers has one id and number and one life on each', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    const before = (await lobby.snapshot()).seq
    const reply = await lobby.publish({ text: 'Ünder', sender: 'Ada', to: toAll }, { id: 'ada', colour: 3 })
    expect(reply).toMatchObject({
      number: 1,
      seq: before,
      outcomes: { rabbitmq: { ok: true }, redis: { ok: true }, kafka: { ok: true } },
    })
    for (const driver of Object.values(drivers)) driver.publishes[0]?.answer()
    await until('three receipts', () => of(events, 'published').length === 3)
    const [first, second] = of(events, 'published')
    expect(first).toMatchObject({
      messageId: reply.id,
      number: 1,
      text: 'Ünder',
      sender: 'Ada',
      senderColour: 3,
      sentTo: [
        { system: 'rabbitmq', destination: 'mailbox' },
        { system: 'redis', destination: 'chatroom' },
        { system: 'kafka', destination: 'datascience' },
      ],
    })
    expect(second?.text).toBeUndefined()
    expect(Buffer.from(drivers.kafka.publishes[0]?.message.body ?? []).toString()).toBe('Ünder')
    expect((await lobby.eventsSince({ epoch: reply.epoch, seq: reply.seq }, 10)).events).toEqual(
      of(events, 'published'),
    )
  })

  it('a destination that is gone keeps the message from no other: its outcome says so', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    const to = [{ system: 'rabbitmq', destination: 'gone' }, { system: 'redis' }, { system: 'kafka' }]
    const { outcomes } = await lobby.publish({ text: 'x', to })
    expect(outcomes).toMatchObject({
      rabbitmq: { ok: false, code: 'destination-not-found' },
      redis: { ok: true },
      kafka: { ok: true },
    })
    for (const { publishes } of [drivers.redis, drivers.kafka]) expect(publishes).toHaveLength(1)
    for (const driver of [drivers.redis, drivers.kafka]) driver.publishes[0]?.answer()
    await until('both receipts', () => of(events, 'published').length === 2)
    expect(of(events, 'published')[0]?.sentTo?.map(({ system }) => system)).toEqual(['redis', 'kafka'])
    const only = lobby.publish({ text: 'x', to: to.slice(0, 1) })
    await expect(only).rejects.toMatchObject({ code: 'destination-not-found' })
  })

  it('messages are sent in the order of the commands, in the same tick', async () => {
    const { lobby, drivers } = await scriptRooms()
    const texts = Array.from({ length: 50 }, (_, index) => `m${index}`)
    for (const text of texts) void lobby.publish({ text, to: [{ system: 'redis' }] })
    expect(drivers.redis.publishes.map(({ message }) => Buffer.from(message.body).toString())).toEqual(texts)
    for (const publish of drivers.redis.publishes) publish.answer()
  })

  it.each([
    ['published', { outcome: 'published', heardBy: 2 }, { heardBy: 2 }],
    ['unheard', { outcome: 'unheard' }, {}],
    [
      'returned',
      { outcome: 'returned', replyCode: 312, reason: 'NO_ROUTE' },
      { replyCode: 312, reason: 'NO_ROUTE' },
    ],
    ['refused', { outcome: 'refused', reason: 'nack' }, { reason: 'nack' }],
    ['uncertain', { outcome: 'uncertain', reason: 'cut' }, { reason: 'cut' }],
  ] as const)('a receipt "%s" gives exactly that one event', async (kind, receipt, holds) => {
    const { lobby, drivers, events } = await scriptRooms()
    const { id } = await lobby.publish({ text: 'x', to: [{ system: 'redis' }] })
    drivers.redis.publishes[0]?.answer(receipt)
    await until('its event', () => events.some((event) => event.kind === kind))
    const life = events.filter((event) => 'messageId' in event && event.messageId === id)
    expect(life).toEqual([expect.objectContaining({ kind, text: 'x', number: 1, ...holds })])
  })

  it('a broker that is away refuses at once, with a time to try again and without an event', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    drivers.kafka.setStatus(LOST)
    const before = events.length
    const { outcomes, number, id } = await lobby.publish({ text: 'x', to: [{ system: 'kafka' }] })
    expect(outcomes.kafka).toMatchObject({ ok: false, code: 'broker-down', retryAfterMs: expect.any(Number) })
    expect({ number, hasId: id.length > 0, emitted: events.length - before }).toEqual({
      number: 1,
      hasId: true,
      emitted: 0,
    })
  })

  it('a driver that refuses at once although it seemed up counts as away, and the id can be sent again', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    drivers.redis.script.publish = async () => Promise.reject(new AppError('broker-down', 'just lost'))
    const id = randomUUID()
    const first = await lobby.publish({ id, text: 'x', to: [{ system: 'redis' }] })
    expect(first.outcomes.redis).toMatchObject({ ok: false, code: 'broker-down' })
    expect(kinds(events)).not.toContain('refused')
    drivers.redis.script.publish = async () => receiptOf()
    const second = await lobby.publish({ id, text: 'x', to: [{ system: 'redis' }] })
    expect(second).toMatchObject({ number: first.number, seq: first.seq, outcomes: { redis: { ok: true } } })
  })

  it('a driver that refuses a message after the reply was sent causes a refused event', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    await lobby.publish({ text: 'x', to: [{ system: 'redis' }] })
    drivers.redis.publishes[0]?.fail(new AppError('broker-down', 'too late'))
    await until('refused', () => of(events, 'refused')[0])
    expect(of(events, 'refused')[0]).toMatchObject({ evidence: 'client', reason: 'too late', text: 'x' })
  })

  it('an id is handed to a system once, and again only to a system that refused it', async () => {
    const { lobby, drivers } = await scriptRooms()
    drivers.kafka.setStatus(LOST)
    const id = randomUUID()
    const first = await lobby.publish({ id, text: 'x', to: toAll })
    drivers.kafka.setStatus(UP)
    const second = await lobby.publish({ id, text: 'x', to: toAll })
    expect(second).toMatchObject({ number: first.number, seq: first.seq })
    expect(second.outcomes).toEqual({ rabbitmq: { ok: true }, redis: { ok: true }, kafka: { ok: true } })
    const sent = Object.values(drivers).map((driver) => driver.publishes.length)
    expect(sent).toEqual([1, 1, 1])
  })

  it('refuses an empty text and one longer than the limit in bytes, and takes control characters as they are', async () => {
    const { lobby, drivers } = await scriptRooms()
    const publish = (text: string) => lobby.publish({ text, to: [{ system: 'redis' }] })
    await expect(publish('')).rejects.toMatchObject({ code: 'text-empty' })
    await expect(publish('é'.repeat(TEXT_MAX_BYTES / 2 + 1))).rejects.toMatchObject({ code: 'text-too-long' })
    await publish('é'.repeat(TEXT_MAX_BYTES / 2))
    await publish('\u0000\u0007\r\n')
    expect(Buffer.from(drivers.redis.publishes[1]?.message.body ?? []).toString()).toBe('\u0000\u0007\r\n')
  })

  it('refuses unknown systems and destinations before anything is sent', async () => {
    const { lobby, drivers } = await scriptRooms()
    const wrong = [{ system: 'redis' }, { system: 'nats' }]
    await expect(lobby.publish({ text: 'x', to: wrong })).rejects.toMatchObject({ code: 'system-not-found' })
    const nowhere = [{ system: 'kafka', destination: 'nope' }]
    await expect(lobby.publish({ text: 'x', to: nowhere })).rejects.toMatchObject({
      code: 'destination-not-found',
    })
    const twice = [{ system: 'redis' }, { system: 'redis' }]
    await expect(lobby.publish({ text: 'x', to: twice })).rejects.toMatchObject({ code: 'invalid' })
    expect(drivers.redis.publishes).toHaveLength(0)
  })

  it('keys and headers go only where the system has them', async () => {
    const { lobby, drivers } = await scriptRooms()
    await lobby.publish({ text: 'x', key: 'k', headers: { a: 'b' }, to: toAll })
    const outgoing = Object.values(drivers).map(({ publishes }) => publishes[0]?.message)
    expect(outgoing.map((message) => message?.key)).toEqual([undefined, undefined, 'k'])
    expect(outgoing.map((message) => message?.headers)).toEqual([{ a: 'b' }, undefined, { a: 'b' }])
  })
})

describe('publishing to a waking room', () => {
  it('waits for subscribers only where a message would be lost without them', async () => {
    const { lobby, drivers } = await scriptRooms({ asleep: true })
    const attaching = holdAttach(drivers.redis)
    await until('the destinations', async () =>
      (await lobby.snapshot()).destinations.every(({ state }) => state === 'declared'),
    )
    const sending = lobby.publish({ text: 'x', to: toAll })
    await until('redis being asked', () => drivers.redis.attached.length === 2)
    await until('the reader of the log', () => drivers.kafka.publishes.length === 1)
    expect(Object.values(drivers).map(({ publishes }) => publishes.length)).toEqual([1, 0, 1])
    attaching.resolve()
    await sending
    expect(drivers.redis.publishes).toHaveLength(1)
  })

  it('waits for readers of a log that never attached and begin at its end', async () => {
    const { lobby, drivers } = await scriptRooms({ asleep: true })
    const attaching = holdAttach(drivers.kafka)
    const sending = lobby.publish({ text: 'x', to: [{ system: 'kafka' }] })
    await until('kafka being asked', () => drivers.kafka.attached.length === 3)
    expect(drivers.kafka.publishes).toHaveLength(0)
    attaching.resolve()
    await sending
    expect(drivers.kafka.publishes).toHaveLength(1)
  })

  it('does not wait for readers of a log that attached before, because the message waits for them', async () => {
    const { lobby, drivers } = await scriptRooms({ idleMs: 1 })
    await until('asleep', async () =>
      (await lobby.snapshot()).consumers.every(({ reason }) => reason === 'asleep'),
    )
    const attaching = holdAttach(drivers.kafka)
    await lobby.publish({ text: 'x', to: [{ system: 'kafka' }] })
    expect(drivers.kafka.publishes).toHaveLength(1)
    expect((await lobby.snapshot()).consumers.find(({ name }) => name === 'reader-1')?.state).toBe(
      'attaching',
    )
    attaching.resolve()
  })

  it('does not wait for readers of a log that begin with what is kept', async () => {
    const { lobby, drivers } = await scriptRooms()
    await lobby.addDestination({ system: 'kafka', mode: 'log', name: 'old' })
    const settings = { from: 'earliest' }
    const attaching = holdAttach(drivers.kafka)
    const adding = lobby.addConsumer({ system: 'kafka', destination: 'old', name: 'historian', settings })
    drivers.kafka.setStatus(LOST)
    drivers.kafka.setStatus(UP)
    await until('declared again', () => drivers.kafka.declared.length === 4)
    await lobby.publish({ text: 'x', to: [{ system: 'kafka', destination: 'old' }] })
    expect(drivers.kafka.publishes).toHaveLength(1)
    attaching.resolve()
    await adding
  })

  it('waits no longer than the limit', async () => {
    const { lobby, drivers } = await scriptRooms({ asleep: true })
    const attaching = holdAttach(drivers.redis)
    const started = performance.now()
    const { outcomes } = await lobby.publish({ text: 'x', to: [{ system: 'redis' }] })
    const waited = performance.now() - started
    expect(outcomes.redis).toEqual({ ok: true })
    expect(waited).toBeGreaterThan(WAKE_WAIT_MS - 100)
    expect(drivers.redis.publishes).toHaveLength(1)
    attaching.resolve()
  })

  it('keeps the order of sends that waited and sends that came after', async () => {
    const { lobby, drivers } = await scriptRooms({ asleep: true })
    const sends = ['a', 'b', 'c'].map((text) => lobby.publish({ text, to: [{ system: 'redis' }] }))
    await lobby.awake()
    sends.push(lobby.publish({ text: 'd', to: [{ system: 'redis' }] }))
    await Promise.all(sends)
    const sent = drivers.redis.publishes.map(({ message }) => Buffer.from(message.body).toString())
    expect(sent).toEqual(['a', 'b', 'c', 'd'])
  })

  it('a message that need not wait is not sent before an earlier one that waits', async () => {
    const { lobby, drivers } = await scriptRooms({ asleep: true, status: LOST })
    const attaching = holdAttach(drivers.rabbitmq)
    const declaring = createDeferred<void>()
    drivers.rabbitmq.script.declare = () =>
      declaring.promise.then(() => ({ traits: ['scripted'], existed: false }))
    drivers.rabbitmq.setStatus(UP)
    const send = (text: string) => lobby.publish({ text, to: [{ system: 'rabbitmq' }] })
    const sends = [send('before there is a queue')]
    declaring.resolve()
    await until('workers being asked', () => drivers.rabbitmq.attached.length === 2)
    sends.push(send('after'))
    expect(drivers.rabbitmq.publishes).toHaveLength(0)
    attaching.resolve()
    await Promise.all(sends)
    const sent = drivers.rabbitmq.publishes.map(({ message }) => Buffer.from(message.body).toString())
    expect(sent).toEqual(['before there is a queue', 'after'])
  })

  it('a send is refused when the broker goes away while it waits', async () => {
    const { lobby, drivers } = await scriptRooms({ asleep: true })
    const attaching = holdAttach(drivers.redis)
    const sending = lobby.publish({ text: 'x', to: [{ system: 'redis' }] })
    await until('redis being asked', () => drivers.redis.attached.length === 2)
    drivers.redis.setStatus(LOST)
    attaching.reject(new AppError('broker-down', 'away'))
    const { outcomes } = await sending
    expect(outcomes.redis).toMatchObject({ ok: false, code: 'broker-down' })
  })
})
