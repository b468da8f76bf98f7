import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Preview } from '#lib/brokers/contract.ts'
import { manifest } from '#lib/brokers/redis/manifest.ts'
import { type Consumer, type Settings, settingsSchema } from '#lib/protocol/room.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { type OwnBroker, startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'
import { createRedisBench, eventsOf, hears, numbered } from './support/redis-bench.ts'

const bench = createRedisBench('fanout')
const PATTERN = { listensTo: 'pattern' }

describe('a Redis channel', () => {
  it('DF-1 who gets it: two "workers" on one channel both do every job', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const workers = [await bench.attach(driver, address), await bench.attach(driver, address)]
    const sent = numbered('job', 20)
    await bench.sendAll(driver, address, sent)
    for (const worker of workers) {
      await hears(worker, sent.at(-1) ?? '')
      expect(worker.texts()).toEqual(sent)
    }
  })

  it('DF-2 after an absence: what was published meanwhile is lost, and Redis gives no sign of it', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const first = await bench.attach(driver, address)
    await first.consumer.leave()
    expect(await bench.send(driver, address, 'missed')).toMatchObject({ outcome: 'unheard' })
    const second = await bench.attach(driver, address)
    await bench.send(driver, address, 'heard')
    await hears(second, 'heard')
    expect([...first.texts(), ...second.texts()]).toEqual(['heard'])
  })

  it('DF-3 when nobody listens: Redis answers 0, and the message is gone', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    expect(await bench.send(driver, address, 'to nobody')).toMatchObject({
      outcome: 'unheard',
      evidence: 'broker',
    })
    expect(await bench.outside().exists(address)).toBe(0)
  })

  it('DF-4 a subscription by name and one by pattern are two: two copies, and Redis counts 2', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver)
    const copies: string[] = []
    outside.on('message', (_channel, text) => void copies.push(text))
    outside.on('pmessage', (_pattern, _channel, text) => void copies.push(text))
    await outside.subscribe(address)
    await outside.psubscribe(`${address}*`)
    expect(await bench.send(driver, address, 'twice')).toMatchObject({ heardBy: 2 })
    await until('both copies', () => copies.length === 2)
    const { outside: programs, patterns } = await bench.facts(driver, address, 'fanout')
    // Redis does not say whether the other pattern matches.
    expect({ programs, patterns }).toEqual({ programs: 1, patterns: null })
  })

  it('DF-5 databases do not separate channels: what is published from database 10 is heard in database 0', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver)
    const subscriber = await bench.attach(driver, address)
    await outside.select(10)
    await outside.publish(address, 'from another database')
    await hears(subscriber, 'from another database')
  })

  it('DF-6 a plain connection that subscribes can do nothing else (RESP2)', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver)
    await outside.call('HELLO', '2')
    await outside.subscribe(address)
    await expect(outside.publish(address, 'no')).rejects.toThrow(/allowed in this context/)
  })

  it('DF-7 a slow subscriber stops reading while it works, and processes one message after another', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const slow = await bench.attach(driver, address, { processingMs: 200 })
    const fast = await bench.attach(driver, address)
    const sent = numbered('news', 4)
    await bench.sendAll(driver, address, sent)
    await hears(fast, sent.at(-1) ?? '')
    expect(slow.texts().length).toBeLessThan(sent.length)
    await hears(slow, sent.at(-1) ?? '')
    expect(slow.ids()).toEqual(sent)
    const at = slow.deliveries().map((delivery) => delivery.at)
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeGreaterThan(500)
  })
})

describe('sub-channels and patterns', () => {
  it('DF-8 a key names a channel of its own, which only subscribers with a matching pattern hear', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const exact = await bench.attach(driver, address)
    const all = await bench.attach(driver, address, PATTERN)
    const sport = await bench.attach(driver, address, { ...PATTERN, pattern: '.sport.*' })
    expect(await bench.send(driver, address, 'base')).toMatchObject({ heardBy: 2 })
    expect(await bench.send(driver, address, 'goal', { key: 'sport.football' })).toMatchObject({ heardBy: 2 })
    expect(await bench.send(driver, address, 'rain', { key: 'weather' })).toMatchObject({ heardBy: 1 })
    await hears(all, 'rain')
    await hears(sport, 'goal')
    await hears(exact, 'base')
    expect(exact.ids()).toEqual(['base'])
    expect(all.ids()).toEqual(['base', 'goal', 'rain'])
    expect(sport.ids()).toEqual(['goal'])
    expect(sport.deliveries()[0]).toMatchObject({
      key: 'sport.football',
      address: { kind: 'channel', channel: `${address}.sport.football`, pattern: `${address}.sport.*` },
    })
    const { subscribers, outside, outputBuffers } = await bench.facts(driver, address, 'fanout')
    expect({ subscribers, outside, held: outputBuffers.length }).toEqual({
      subscribers: 1,
      outside: 0,
      held: 3,
    })
  })

  it('DF-9 pattern subscribers recognise our messages in every channel, also new ones, between messages from outside, and get them in the order of sending', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver)
    const first = await bench.attach(driver, address, PATTERN)
    const sends: Array<Promise<unknown>> = []
    let sent = 0
    const burst = () => {
      for (let index = 0; index < 60; index++) {
        const key = `k${index % 7}`
        sends.push(bench.send(driver, address, `ours ${sent++}`, { key }))
        if (index % 5 === 0) sends.push(outside.publish(`${address}.${key}`, `theirs ${sent}`))
      }
    }
    burst()
    const second = await bench.attach(driver, address, PATTERN)
    for (let round = 0; round < 10; round++) {
      burst()
      await new Promise(setImmediate)
    }
    await Promise.all(sends)
    await bench.send(driver, address, 'last', { key: 'end' })
    for (const recorder of [first, second]) {
      await hears(recorder, 'last')
      for (const { body, messageId } of recorder.deliveries()) {
        const text = Buffer.from(body).toString()
        expect(messageId).toBe(text.startsWith('theirs') ? null : text)
      }
    }
    // Ours leave on one connection, so they come in the order of their numbers, whatever the channel.
    for (const recorder of [first, second]) {
      const ours = recorder.ids().flatMap((id) => /^ours (\d+)$/.exec(id ?? '')?.[1] ?? [])
      expect(ours).toEqual([...ours].sort((a, b) => Number(a) - Number(b)))
    }
    const named = new Map(first.deliveries().map(({ body, identity }) => [String(body), identity]))
    for (const { body, identity } of second.deliveries()) expect(named.get(String(body))).toBe(identity)
    expect(first.deliveries()).toHaveLength(11 * 72 + 1)
  })

  it('DF-10 glob characters in a destination’s own name are meant literally', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, {}, uniqueName('odd[ab]*?'))
    const subscriber = await bench.attach(driver, address, PATTERN)
    expect(await bench.send(driver, address, 'literal', { key: 'x' })).toMatchObject({ heardBy: 1 })
    await hears(subscriber, 'literal')
    expect(subscriber.ids()).toEqual(['literal'])
    const alike = address.replace('[ab]*?', 'aZZ')
    expect(await bench.outside().publish(alike, 'no')).toBe(0)
  })

  it('DF-11 a pattern’s subscriber that is cut off comes back with a gap and recognises our messages again', async () => {
    const driver = await bench.open('cut')
    const outside = bench.outside()
    const address = await bench.declare(driver)
    const subscriber = await bench.attach(driver, address, PATTERN, 'patient')
    await bench.send(driver, address, 'before', { key: 'a' })
    await hears(subscriber, 'before')
    const line = String(await outside.client('LIST'))
      .split('\n')
      .find((found) => found.includes(` name=cut:${address}:patient `))
    await outside.client('KILL', 'ID', Number(/^id=(\d+)/.exec(line ?? '')?.[1]))
    expect(await bench.send(driver, address, 'between', { key: 'a' })).toMatchObject({ outcome: 'unheard' })
    await until('the gap', () => eventsOf(subscriber, 'gap').length === 1)
    await until('it to be back', () => eventsOf(subscriber, 'state').at(-1)?.state === 'attached')
    await bench.send(driver, address, 'after', { key: 'a' })
    await hears(subscriber, 'after')
    expect(subscriber.ids()).toEqual(['before', 'after'])
  })

  it('DF-12 a preview names exactly the subscribers that Redis then counts', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const asked: Record<string, Settings> = {
      exact: {},
      all: PATTERN,
      sport: { ...PATTERN, pattern: '.sport.*' },
      letters: { ...PATTERN, pattern: '.[a-c]?' },
      negated: { ...PATTERN, pattern: '.[^a]*' },
    }
    const mode = manifest.modes.fanout
    const consumers: Consumer[] = []
    for (const [name, over] of Object.entries(asked)) {
      await bench.attach(driver, address, over, name)
      const settings = settingsSchema.parse(mode?.consumerSettings.parse(over))
      const place = { system: 'redis', destination: address, state: 'attached' } as const
      consumers.push({ id: name, name, settings, ...place })
    }
    for (const key of ['', 'sport.football', 'sport', 'a1', 'b2', 'd', 'ä', '[', 'a\\b', '*']) {
      const preview = mode?.preview?.(
        { key, headers: {}, settings: {} },
        { settings: {}, consumers, facts: null },
      )
      const receipt = await bench.send(driver, address, 'asked', { key })
      const heardBy = receipt.outcome === 'published' ? receipt.heardBy : 0
      expect({ key, count: countOf(preview) }).toEqual({ key, count: heardBy })
    }
  })
})

const countOf = (preview: Preview | undefined) =>
  preview?.kind === 'consumers' ? preview.names.length : null

describe('when too slow', () => {
  let broker: OwnBroker
  beforeAll(async () => {
    broker = await startOwnBroker('redis')
  })
  afterAll(() => broker.close())
  const own = createRedisBench('fanout', () => broker.url)

  it('DF-13 Redis holds what a slow subscriber has not read up to a limit, then cuts it off, which is reported once, and a gap is emitted', async () => {
    const driver = await own.open()
    const faults: string[] = []
    driver.onFault(({ code, consumer }) => faults.push(`${consumer} ${code}`))
    const asker = own.outside()
    await asker.config('SET', 'client-output-buffer-limit', 'pubsub 1mb 1mb 60')
    const address = await own.declare(driver)
    const slow = await own.attach(driver, address, { processingMs: 10_000 })
    const body = Buffer.alloc(8_000, 'x')
    await until('Redis to cut it', async () => {
      await Promise.all(Array.from({ length: 100 }, () => own.send(driver, address, '', { body })))
      const { subscribers, outputBuffers } = await own.facts(driver, address, 'fanout')
      return subscribers === 0 && outputBuffers.length === 0
    })
    expect(slow.deliveries().length).toBeLessThan(3)
    expect(eventsOf(slow, 'gap')).toEqual([])
    await own.facts(driver, address, 'fanout')
    expect(faults).toEqual([`${slow.consumer.spec.name} dropped`])
    await slow.consumer.update({ processingMs: 0 })
    await until('the gap', () => eventsOf(slow, 'gap').length === 1, { timeoutMs: 25_000 })
    await until('it to be back', () => eventsOf(slow, 'state').at(-1)?.state === 'attached')
    await own.send(driver, address, 'after')
    await hears(slow, 'after')
    expect(slow.ids()).not.toContain(null)
  }, 60_000)
})
