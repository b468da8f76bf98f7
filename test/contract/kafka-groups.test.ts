import { isDeepStrictEqual } from 'node:util'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { beforeAll, describe, expect, it } from 'vitest'
import { SESSION_TIMEOUT_MS } from '#lib/brokers/kafka/profile.ts'
import { now } from '#lib/util/clock.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { INSTALL_TIMEOUT_MS, installCommandLineClients } from '#test/support/outside-programs.ts'
import { until } from '#test/support/until.ts'
import { createKafkaWorld, heard, partitionsRead, textsOf } from './support/kafka-world.ts'

const world = createKafkaWorld()
const texts = (count: number, word: string) => Array.from({ length: count }, (_, index) => `${word}${index}`)

/** The last assignment reported of a group. */
const lastOf = (group: string) => world.changes.filter((change) => change.group === group).at(-1)
const stable = (group: string, members: Record<string, number[]>) =>
  until(`the share ${JSON.stringify(members)}`, () => {
    const last = lastOf(group)
    const found = Object.fromEntries(
      (last?.members ?? []).map(({ consumer, partitions }) => [consumer, partitions]),
    )
    return last?.phase === 'stable' && JSON.stringify(found) === JSON.stringify(members) && last
  })

describe('assignment of partitions', () => {
  it('gives each of two groups every message, and splits the partitions among the members of one', async () => {
    const address = await world.declare()
    const [analytics, audit] = [uniqueName('analytics'), uniqueName('audit')]
    const pair = await Promise.all([world.attach(address, analytics), world.attach(address, analytics)])
    const single = await world.attach(address, audit)
    const sent = texts(60, 'm')
    await Promise.all(sent.map((text) => world.publish(address, text)))
    await until('all at both groups', () => textsOf(pair).length >= 60 && single.texts().length >= 60)
    expect(textsOf(pair).sort()).toEqual([...sent].sort())
    expect(single.texts().sort()).toEqual([...sent].sort())
    const [first, second] = pair.map(partitionsRead)
    expect([...(first ?? []), ...(second ?? [])].sort()).toEqual([0, 1, 2])
  })

  it('keeps the order of the messages of a key, in the one partition of the key', async () => {
    const address = await world.declare()
    const reader = await world.attach(address, uniqueName('group'))
    const sent = texts(300, 'k')
    const receipts = await Promise.all(sent.map((text) => world.publish(address, { text, key: 'one key' })))
    await until('all', () => reader.texts().length >= 300)
    expect(reader.texts()).toEqual(sent)
    expect(partitionsRead(reader).size).toBe(1)
    const offsets = receipts.map((receipt) => (receipt.outcome === 'published' ? receipt.address : undefined))
    expect(offsets).toEqual(reader.deliveries().map((delivery) => delivery.address))
  })

  it('reports a rebalance from its first sign to the last join: its cause, and which partitions each member has then', async () => {
    const address = await world.declare()
    const group = uniqueName('group')
    await world.attach(address, group, 'reader-1')
    const alone = await stable(group, { 'reader-1': [0, 1, 2] })
    const second = await world.attach(address, group, 'reader-2')
    const shared = await stable(group, { 'reader-1': [0, 1], 'reader-2': [2] })
    expect(shared.durationMs).toBeGreaterThan(0)
    expect(shared.generation).toBe((alone.generation ?? Number.NaN) + 1)
    await second.consumer.leave()
    await stable(group, { 'reader-1': [0, 1, 2] })
    const reported = world.changes.filter((change) => change.group === group)
    expect(reported.map(({ phase }) => phase)).toEqual([
      'rebalancing',
      'stable',
      'rebalancing',
      'stable',
      'rebalancing',
      'stable',
    ])
    expect(reported.filter(({ phase }) => phase === 'rebalancing').map(({ cause }) => cause)).toEqual([
      { what: 'join', consumer: 'reader-1' },
      { what: 'join', consumer: 'reader-2' },
      { what: 'leave', consumer: 'reader-2' },
    ])
  })
})

describe('positions', () => {
  it('misses nothing right after attaching, also when three members of a new group start at once (10 times)', async () => {
    const address = await world.declare()
    for (let round = 0; round < 10; round++) {
      const group = uniqueName('new')
      const members = await Promise.all(
        ['a', 'b', 'c'].map(async (name) => {
          const member = await world.attach(address, group, name)
          await Promise.all(texts(3, `${round}-${name}`).map((text) => world.publish(address, text)))
          return member
        }),
      )
      const sent = ['a', 'b', 'c'].flatMap((name) => texts(3, `${round}-${name}`))
      await until(`round ${round}`, () => sent.every((text) => textsOf(members).includes(text)))
      await Promise.all(members.map(({ consumer }) => consumer.leave()))
    }
  }, 120_000)

  it('starts a new group at the end, or at the beginning when asked', async () => {
    const address = await world.declare()
    await Promise.all(texts(5, 'old').map((text) => world.publish(address, text)))
    const late = await world.attach(address, uniqueName('latest'), 'late', { from: 'latest' })
    const early = await world.attach(address, uniqueName('earliest'), 'early', { from: 'earliest' })
    await world.publish(address, 'new')
    await heard(late, 'new')
    await until('everything', () => early.texts().length >= 6)
    expect(late.texts()).toEqual(['new'])
    expect(early.texts().sort()).toEqual([...texts(5, 'old'), 'new'].sort())
  })

  it('commits exactly what was delivered', async () => {
    const address = await world.declare()
    const group = uniqueName('group')
    const reader = await world.attach(address, group)
    await Promise.all(texts(50, 'm').map((text) => world.publish(address, text)))
    const facts = await until('a lag of 0', async () => {
      const found = await world.groupFacts(address, group)
      return reader.texts().length >= 50 && found?.lag === 0 && found
    })
    const next = new Map<number, number>()
    for (const { address: at } of reader.deliveries()) {
      if (at.kind === 'offset')
        next.set(at.partition, Math.max(next.get(at.partition) ?? 0, Number(at.offset) + 1))
    }
    expect(new Map(facts.committed.map(({ partition, offset }) => [partition, Number(offset)]))).toEqual(next)
    // The broker's figures may be read before its answer to the commit is.
    await until('the commits to be reported', () => {
      const committed = new Map<number, number>()
      for (const event of reader.events)
        if (event.type === 'committed') committed.set(event.partition, Number(event.upTo))
      return isDeepStrictEqual(committed, next)
    })
  })
})

describe('transactions of other programs', () => {
  it('are read without their control records, which count as read', async () => {
    const address = await world.declare({ partitions: 1 })
    const group = uniqueName('group')
    const reader = await world.attach(address, group)
    const producer = new Kafka({ brokers: [testBrokers().kafka.url], logLevel: logLevel.NOTHING }).producer({
      transactionalId: uniqueName('transaction'),
      maxInFlightRequests: 1,
      idempotent: true,
      createPartitioner: Partitioners.DefaultPartitioner,
    })
    await producer.connect()
    for (const [text, ending] of [
      ['kept', 'commit'],
      ['withdrawn', 'abort'],
    ] as const) {
      const transaction = await producer.transaction()
      await transaction.send({ topic: address, messages: [{ value: text }] })
      await transaction[ending]()
    }
    await producer.disconnect()
    await until('a lag of 0', async () => (await world.groupFacts(address, group))?.lag === 0)
    expect(reader.texts()).toEqual(['kept'])
    const [end] = (await world.facts(address)).partitions
    expect(end?.end).toBe('4')
  })
})

describe('pausing and crashing', () => {
  it('a paused consumer stays a member, also of partitions assigned to it meanwhile, and its lag grows', async () => {
    const address = await world.declare()
    const group = uniqueName('group')
    const paused = await world.attach(address, group, 'paused')
    const other = await world.attach(address, group, 'second')
    await stable(group, { paused: [0, 1], second: [2] })
    await paused.consumer.pause()
    await other.consumer.leave()
    await stable(group, { paused: [0, 1, 2] })
    await Promise.all(texts(9, 'm').map((text) => world.publish(address, text)))
    const facts = await until('a lag of 9', async () => {
      const found = await world.groupFacts(address, group)
      return found?.lag === 9 && found
    })
    expect(facts.members).toMatchObject([{ consumer: 'paused', outside: false, partitions: [0, 1, 2] }])
    expect(paused.texts()).toEqual([])
    await paused.consumer.resume()
    await until('all of them', () => paused.texts().length >= 9)
    expect(paused.texts().sort()).toEqual(texts(9, 'm'))
  }, 60_000)

  it('the partitions of a crashed member go to the others after the session timeout, with everything unread', async () => {
    const address = await world.declare()
    const group = uniqueName('group')
    const victim = await world.attach(address, group, 'a-victim')
    const survivor = await world.attach(address, group, 'survivor')
    await stable(group, { 'a-victim': [0, 1], survivor: [2] })
    const crashedAt = now()
    await victim.consumer.crash()
    const goneAt = now()
    const before = victim.events.length
    const crashed = victim.events.find((event) => event.type === 'state' && event.state === 'crashed')
    // Counted from its last heartbeat, which a busy machine may have delayed.
    const evictedAt = (crashed?.type === 'state' && crashed.evictedAt) || 0
    expect(evictedAt).toBeGreaterThan(crashedAt + SESSION_TIMEOUT_MS / 2)
    expect(evictedAt).toBeLessThanOrEqual(goneAt + SESSION_TIMEOUT_MS)
    const sent = texts(30, 'm')
    await Promise.all(sent.map((text) => world.publish(address, text)))
    await stable(group, { survivor: [0, 1, 2] })
    const tookMs = now() - crashedAt
    expect(tookMs).toBeGreaterThan(SESSION_TIMEOUT_MS / 2)
    expect(tookMs).toBeLessThan(SESSION_TIMEOUT_MS + 6_000)
    await until('everything', () => survivor.texts().length >= 30)
    expect(survivor.texts().sort()).toEqual([...sent].sort())
    expect(victim.events.length).toBe(before)
    const rebalance = world.changes.filter((c) => c.group === group && c.phase === 'rebalancing').at(-1)
    expect(rebalance?.cause).toEqual({ what: 'evict', consumer: 'a-victim' })
  }, 60_000)

  it('what a crashed member had read and not committed is marked as redelivered', async () => {
    const address = await world.declare({ partitions: 1 })
    const group = uniqueName('group')
    const victim = await world.attach(address, group, 'victim')
    const sent = texts(400, 'm')
    const receipts = sent.map((text) => world.publish(address, text))
    await until('its first records', () => victim.texts().length > 0)
    await victim.consumer.crash()
    const read = victim.texts()
    await Promise.all(receipts)
    const heir = await world.attach(address, group, 'heir')
    await until('everything', () => new Set([...read, ...heir.texts()]).size >= sent.length)
    for (const delivery of heir.deliveries()) {
      const again = read.includes(Buffer.from(delivery.body).toString())
      expect(delivery.redelivered).toBe(again)
      expect(delivery.attempt).toBe(again ? null : 1)
    }
  }, 60_000)
})

describe('other clients in a group', () => {
  beforeAll(installCommandLineClients, INSTALL_TIMEOUT_MS)

  it('a group is shared with kcat: both get partitions, and the facts report which are whose', async () => {
    const address = await world.declare()
    const group = uniqueName('group')
    const reader = await world.attach(address, group, 'reader-1')
    const outside = world.kcatJoins(address, group)
    const facts = await until(
      'both as members',
      async () => {
        const found = await world.groupFacts(address, group)
        const owned = (found?.members ?? []).map(({ partitions }) => partitions.length)
        return found?.state === 'Stable' && owned.length === 2 && owned.every((count) => count > 0) && found
      },
      { timeoutMs: 30_000 },
    )
    expect(facts.members.flatMap(({ partitions }) => partitions).sort()).toEqual([0, 1, 2])
    expect(facts.members.find(({ consumer }) => consumer === 'reader-1')?.outside).toBe(false)
    expect(facts.members.filter(({ outside: isOutside }) => isOutside)).toHaveLength(1)
    const sent = texts(30, 'm')
    await Promise.all(sent.map((text) => world.publish(address, text)))
    await until('all at either', () => reader.texts().length + outside.lines.length >= 30)
    const there = outside.lines.map((line) => line.split(' ')[1] ?? '')
    expect([...reader.texts(), ...there].sort()).toEqual([...sent].sort())
    expect(there.length).toBeGreaterThan(0)
    expect(reader.texts().length).toBeGreaterThan(0)
    await outside.stop()
    await stable(group, { 'reader-1': [0, 1, 2] })
  }, 90_000)

  it('the lag of a group that never committed is unknown, not 0', async () => {
    const address = await world.declare()
    await world.publish(address, 'before it came')
    const group = uniqueName('outside')
    world.kcatJoins(address, group)
    const facts = await until(
      'the outside group',
      async () => {
        const found = await world.groupFacts(address, group)
        return found?.members.some(({ partitions }) => partitions.length === 3) && found
      },
      { timeoutMs: 30_000 },
    )
    expect(facts.committed).toEqual([0, 1, 2].map((partition) => ({ partition, offset: null })))
    expect(facts.lag).toBeNull()
    expect(facts.members).toMatchObject([{ consumer: null, outside: true }])
  }, 60_000)
})
