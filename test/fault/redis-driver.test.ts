import { readFile } from 'node:fs/promises'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ConsumerEvent, Driver } from '#lib/brokers/contract.ts'
import { createDriver } from '#lib/brokers/redis/driver.ts'
import {
  attachRecorder,
  draftOf,
  quietLog,
  type Recorder,
  upWithin,
} from '#test/contract/support/contract-bench.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { type OwnBroker, startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'

let broker: OwnBroker
let driver: Driver
let asker: Redis
let outside: Redis
let address: string

const open = (url = broker.url) => {
  const made = createDriver({ url, clientName: 'faulty', log: quietLog })
  made.open()
  return made
}
const attach = (name = 'listener') => attachRecorder(driver, { name, address, mode: 'fanout', settings: {} })
const publish = (text: string) => driver.publish(address, draftOf({ text, messageId: text }))
const clientIdOf = async (name: string) => {
  const line = String(await asker.client('LIST'))
    .split('\n')
    .find((found) => found.includes(` name=${name} `))
  return Number(/^id=(\d+)/.exec(line ?? '')?.[1])
}
/** Redis is stopped until SIGCONT: what is written meanwhile waits in its sockets. */
const stopBroker = async () => {
  const pid = Number(/^process_id:(\d+)/m.exec(await asker.info('server'))?.[1])
  // One round of its event loop for another client: otherwise Redis would read the next command of `asker` first.
  await driver.facts(address)
  process.kill(pid, 'SIGSTOP')
  await until('it to stand still', async () =>
    /^State:\s+T/m.test(await readFile(`/proc/${pid}/status`, 'utf8')),
  )
  return pid
}
/** A program outside, on the bare client library, listening too. */
const listenOutside = async () => {
  const heard: string[] = []
  outside.on('message', (_channel, text) => void heard.push(text))
  await outside.subscribe(address)
  return heard
}
const hears = (recorder: Recorder, text: string) => until(`"${text}"`, () => recorder.texts().includes(text))
const gaps = ({ events }: Recorder) => events.filter((event) => event.type === 'gap')
const kinds = ({ events }: Recorder) =>
  events.map((event: ConsumerEvent) => (event.type === 'state' ? event.state : event.type))

beforeAll(async () => {
  broker = await startOwnBroker('redis')
})
afterAll(() => broker.close())
beforeEach(async () => {
  await broker.start()
  asker = new Redis(broker.url, { retryStrategy: () => 50 })
  outside = new Redis(broker.url, { retryStrategy: () => 50 })
  // Redis is killed on purpose: both come back by themselves.
  for (const program of [asker, outside]) program.on('error', () => undefined)
  driver = open()
  address = uniqueName('faulty')
  await upWithin(driver)
})
afterEach(async () => {
  await driver.close()
  for (const program of [asker, outside]) program.disconnect()
})

describe('the publishing connection is cut with sends in flight', () => {
  it.each([
    ['before Redis read them', 'lost'],
    ['after Redis published them, before it answered', 'delivered'],
  ])('%s: each is uncertain, none is sent again, and what arrived is known', async (_when, fate) => {
    const recorder = await attach()
    const heardOutside = await listenOutside()
    const publisher = await clientIdOf('faulty:publisher')
    // Not more than a young TCP connection sends without waiting for acknowledgements.
    const texts = Array.from({ length: 8 }, (_, index) => `in flight ${index}`)
    // Redis takes what waits in its sockets in the order of arrival, and answers at the end of the round: a connection
    // that is cut within the round has done its work unanswered.
    const pid = await stopBroker()
    const first = fate === 'lost' ? asker.client('KILL', 'ID', publisher) : undefined
    const receipts = texts.map(publish)
    // Sends leave at the end of the turn.
    await new Promise(setImmediate)
    const last = fate === 'delivered' ? asker.client('KILL', 'ID', publisher) : undefined
    process.kill(pid, 'SIGCONT')
    const outcomes = (await Promise.all(receipts)).map(({ outcome }) => outcome)
    await Promise.all([first, last])
    await until('another connection', async () => (await clientIdOf('faulty:publisher')) > publisher)
    await upWithin(driver)

    expect(await publish('after')).toMatchObject({ outcome: 'published', heardBy: 2 })
    await hears(recorder, 'after')
    await until('the outside program', () => heardOutside.includes('after'))
    expect(new Set(outcomes)).toEqual(new Set(['uncertain']))
    const expected = fate === 'lost' ? ['after'] : [...texts, 'after']
    expect(recorder.texts()).toEqual(expected)
    expect(recorder.ids()).toEqual(expected)
    expect(heardOutside).toEqual(expected)
    expect(gaps(recorder)).toEqual([])
  })

  it('during many sends: each arrives at most once, in order, and every receipt is true', async () => {
    const recorder = await attach()
    const outcomes = new Map<string, string>()
    let cuts = 0
    for (let round = 0; round < 40; round++) {
      if (round % 10 !== 5) await burst(round, outcomes)
      else {
        const publisher = await clientIdOf('faulty:publisher')
        await Promise.all([burst(round, outcomes), asker.client('KILL', 'ID', publisher)])
        await burst(-round, outcomes)
        await until('another connection', async () => {
          const another = await clientIdOf('faulty:publisher')
          return another > publisher && driver.status.status === 'up'
        })
        cuts++
      }
    }
    await publish('last')
    await hears(recorder, 'last')
    const texts = recorder.texts()
    expect(cuts).toBe(4)
    expect(new Set(texts).size).toBe(texts.length)
    expect(recorder.ids()).toEqual(texts)
    const sent = [...outcomes.keys(), 'last']
    expect(texts).toEqual(sent.filter((text) => texts.includes(text)))
    for (const [text, outcome] of outcomes) {
      if (outcome === 'published') expect(texts).toContain(text)
      if (outcome === 'broker-down') expect(texts).not.toContain(text)
    }
  })

  async function burst(round: number, outcomes: Map<string, string>): Promise<void> {
    const texts = Array.from({ length: 50 }, (_, index) => `${round}:${index}`)
    for (const text of texts) outcomes.set(text, 'unknown')
    await Promise.all(
      texts.map(async (text) => {
        const receipt = await publish(text).catch(({ code }) => ({ outcome: String(code) }))
        outcomes.set(text, receipt.outcome)
      }),
    )
  }

  it('a Redis that stops answering leaves sends uncertain; what arrives when it goes on is recognised', async () => {
    const recorder = await attach()
    const pid = await stopBroker()
    try {
      expect(await publish('swallowed')).toMatchObject({ outcome: 'uncertain' })
      await expect(publish('refused')).rejects.toMatchObject({ code: 'broker-down' })
      await until('the loss to be reported', () => driver.status.status !== 'up')
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await upWithin(driver)
    await publish('after')
    await hears(recorder, 'after')
    // Redis had the bytes already, and reads them first: it is this one send that arrives, not another.
    expect(recorder.texts()).toEqual(['swallowed', 'after'])
    expect(recorder.ids()).toEqual(['swallowed', 'after'])
  }, 60_000)
})

describe('a subscriber is cut off', () => {
  it('comes back by itself, and emits a gap before anything else', async () => {
    const recorder = await attach()
    await publish('before')
    await hears(recorder, 'before')
    await asker.client('KILL', 'ID', await clientIdOf(`faulty:${address}:listener`))
    expect(await publish('between')).toMatchObject({ outcome: 'unheard' })
    await until('it to be back', () => kinds(recorder).filter((what) => what === 'attached').length === 2)
    await publish('after')
    await hears(recorder, 'after')
    expect(recorder.texts()).toEqual(['before', 'after'])
    expect(recorder.ids()).toEqual(['before', 'after'])
    expect(kinds(recorder)).toEqual(['attached', 'delivered', 'attaching', 'gap', 'attached', 'delivered'])
    const [gap] = gaps(recorder)
    expect(gap).toMatchObject({ type: 'gap', reason: 'resubscribed' })
    expect(gap?.type === 'gap' && gap.awayMs).toBeGreaterThan(0)
  })

  it('while paused: its facts show what Redis holds for it, and once it reads again it emits the gap', async () => {
    await asker.config('SET', 'client-output-buffer-limit', 'pubsub 4mb 4mb 60')
    const recorder = await attach()
    await recorder.consumer.pause()
    const held: number[] = []
    const body = Buffer.alloc(8_000, 'x')
    await until('Redis to cut it', async () => {
      await Promise.all(Array.from({ length: 100 }, () => driver.publish(address, draftOf({ body }))))
      const facts = await driver.facts(address)
      if (facts.mode !== 'fanout') throw new Error('a channel has the facts of a fan-out')
      held.push(facts.outputBuffers[0]?.bytes ?? -1)
      return facts.outputBuffers.length === 0 && facts.subscribers === 0
    })
    expect(Math.max(...held)).toBeGreaterThan(1_000_000)
    expect(gaps(recorder)).toEqual([])
    await recorder.consumer.resume()
    await until('the gap', () => gaps(recorder).length === 1)
    await until('it to be back', () => kinds(recorder).at(-1) === 'attached')
    await publish('after')
    await hears(recorder, 'after')
    expect(recorder.deliveries().length).toBeGreaterThan(100)
    expect(recorder.ids()).not.toContain(null)
    expect(new Set(recorder.ids()).size).toBe(recorder.ids().length)
    expect(gaps(recorder)).toHaveLength(1)
  }, 60_000)

  it('that falls too far behind is started again, with the gap `lagging`', async () => {
    const recorder = await attach()
    await recorder.consumer.pause()
    for (let round = 0; round < 130; round++) {
      await Promise.all(Array.from({ length: 1_000 }, () => driver.publish(address, draftOf('short'))))
    }
    await until(
      'its connection to be gone',
      async () =>
        (await driver.facts(address)).mode === 'fanout' && !(await clientIdOf(`faulty:${address}:listener`)),
    )
    await recorder.consumer.resume()
    await until('the gap', () => gaps(recorder).length === 1)
    await until('it to be back', () => kinds(recorder).at(-1) === 'attached')
    expect(gaps(recorder)[0]).toMatchObject({ reason: 'lagging' })
    await publish('after')
    await hears(recorder, 'after')
    expect(recorder.ids()).not.toContain(null)
  }, 60_000)
})

describe('Redis itself', () => {
  it('killed and started again: up within 5 s, subscribers back with a gap, and nothing that was refused is sent', async () => {
    const recorder = await attach()
    await publish('before')
    await hears(recorder, 'before')
    await broker.kill9()
    await until('the loss to be noticed', () => driver.status.status !== 'up')
    await expect(publish('while away')).rejects.toMatchObject({ code: 'broker-down' })
    await until(
      'a failed try',
      () => driver.status.status === 'down' && driver.status.reason.code === 'refused',
    )
    await broker.start()
    await upWithin(driver, 5_000)
    await until('the subscriber to be back', () => kinds(recorder).at(-1) === 'attached', {
      timeoutMs: 5_000,
    })
    expect(gaps(recorder)).toMatchObject([{ reason: 'broker-restarted' }])
    await publish('after')
    await hears(recorder, 'after')
    expect(recorder.texts()).toEqual(['before', 'after'])
  }, 60_000)

  it('that requires a password is reported so, and accepts a client that has it', async () => {
    await asker.config('SET', 'requirepass', 'geheim')
    const stranger = open()
    const friend = open(broker.url.replace('redis://', 'redis://:geheim@'))
    try {
      const status = await until('a refusal', () =>
        stranger.status.status === 'down' && stranger.status.reason.text.includes('NOAUTH')
          ? stranger.status
          : undefined,
      )
      expect(status.reason.code).toBe('authentication')
      await upWithin(friend)
    } finally {
      await asker.config('SET', 'requirepass', '')
      await Promise.all([stranger.close(), friend.close()])
    }
  })

  it('that forbids a publish or a subscription: refused, in its own words', async () => {
    await asker.call('ACL', 'SETUSER', 'limited', 'on', '>pw', '+@all', '-publish', 'resetchannels')
    const limited = open(broker.url.replace('redis://', 'redis://limited:pw@'))
    await upWithin(limited)
    const spec = { name: 'listener', address, mode: 'fanout', settings: {} } as const
    expect(await limited.publish(address, draftOf('no'))).toMatchObject({
      outcome: 'refused',
      evidence: 'broker',
      reason: expect.stringContaining('NOPERM'),
    })
    await expect(limited.attach(spec, () => undefined)).rejects.toMatchObject({ code: 'broker-refused' })
    await limited.close()
  })
})
