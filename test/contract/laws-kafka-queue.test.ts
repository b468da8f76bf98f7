import { describe, expect, it } from 'vitest'
import { partitionOfKey } from '#lib/brokers/kafka/partitioner.ts'
import { SESSION_TIMEOUT_MS } from '#lib/brokers/kafka/profile.ts'
import { now } from '#lib/util/clock.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { all, createKafkaCell, hears, places, texts } from './support/kafka-cell.ts'

const cell = createKafkaCell('queue')
const shares = (address: string) =>
  cell.changes.filter((change) => change.address === address && change.phase === 'stable').at(-1)
const sharedBy = (address: string, members: number) =>
  until(
    `an assignment among ${members}`,
    () => {
      const last = shares(address)
      return last?.members.length === members && last
    },
    { timeoutMs: 20_000 },
  )
/** Keys that lead to the first partition of two, and to the second. */
function keysOfTwoPartitions(): [string, string] {
  const keys = texts(20, 'key')
  const leadTo = (partition: number) =>
    keys.find((key) => partitionOfKey(new TextEncoder().encode(key), 2) === partition) ?? ''
  return [leadTo(0), leadTo(1)]
}
/** A commit follows its delivery a moment later: only then does the broker count the message as read. */
const readyIs = (address: string, ready: number) =>
  until(`${ready} ready`, async () => (await cell.facts(address)).ready === ready, { timeoutMs: 20_000 })

describe('who gets a message', () => {
  it('KQ-1 exactly one worker gets a message, the one its partition is assigned to; all workers share one group named after the topic', async () => {
    const address = await cell.declare()
    const workers = [
      await cell.join(address, { name: 'worker-1' }),
      await cell.join(address, { name: 'worker-2' }),
    ]
    const shared = await sharedBy(address, 2)
    expect(shared).toMatchObject({ group: `${address}.workers`, durationMs: expect.any(Number) })
    await cell.publishAll(address, texts(30))
    await until('all of them', () => all(workers).length >= 30)
    expect(all(workers).sort()).toEqual(texts(30).sort())
    for (const worker of workers) {
      const mine = shared.members.find(({ consumer }) => consumer === worker.spec.name)?.partitions
      expect(new Set(places(worker).map(({ partition }) => partition))).toEqual(new Set(mine))
    }
  })

  it('KQ-2 with more workers than partitions, the last workers get nothing', async () => {
    const address = await cell.declare({ partitions: 2 })
    const workers = [await cell.join(address), await cell.join(address), await cell.join(address)]
    const { members } = await sharedBy(address, 3)
    expect(members.map(({ partitions }) => partitions.length).sort()).toEqual([0, 1, 1])
    await cell.publishAll(address, texts(12))
    await until('all of them', () => all(workers).length >= 12)
    expect(workers.filter((worker) => worker.texts().length === 0)).toHaveLength(1)
    expect((await cell.facts(address)).consumers).toBe(3)
  })
})

describe('in what order messages arrive', () => {
  it('KQ-3 messages of one partition arrive in the order of sending, those of several partitions in no order; one key means one partition', async () => {
    const address = await cell.declare()
    const worker = await cell.join(address)
    await worker.consumer.pause()
    await cell.publishAll(address, texts(9))
    await cell.publishAll(
      address,
      texts(9, 'keyed').map((text) => ({ text, key: 'one' })),
    )
    await worker.consumer.resume()
    await hears(worker, 18)
    const keyed = worker.texts().filter((text) => text.startsWith('keyed'))
    expect(keyed).toEqual(texts(9, 'keyed'))
    const unkeyed = worker.texts().filter((text) => !text.startsWith('keyed'))
    expect(unkeyed).not.toEqual(texts(9))
    for (const remainder of [0, 1, 2]) {
      const ofOne = unkeyed.filter((text) => Number(text.slice(1)) % 3 === remainder)
      expect(ofOne).toEqual([...ofOne].sort())
    }
  })
})

describe('how many times a message arrives', () => {
  it('KQ-4 a message arrives once, and once more when a rebalance interrupted its processing', async () => {
    const address = await cell.declare({ partitions: 2 })
    const first = await cell.join(address, { settings: { processingMs: 3_000 } })
    await cell.publishAll(address, texts(2))
    await hears(first, 1)
    const second = await cell.join(address)
    const again = () => [...first.deliveries(), ...second.deliveries()].filter((one) => one.redelivered)
    await until('what was in work, again', () => again().length > 0, { timeoutMs: 20_000 })
    const [repeated] = again()
    expect(repeated?.attempt).toBeNull()
    expect(first.deliveries().map(({ identity }) => identity)).toContain(repeated?.identity)
    await readyIs(address, 0)
  }, 60_000)
})

describe('after a crash', () => {
  it('KQ-5 the partitions of a crashed worker wait for its session timeout, then the others get what it had not committed', async () => {
    const address = await cell.declare({ partitions: 2 })
    const victim = await cell.join(address, { name: 'a-victim' })
    const survivor = await cell.join(address, { name: 'b-survivor' })
    await sharedBy(address, 2)
    const crashedAt = now()
    await victim.consumer.crash()
    await cell.publishAll(address, texts(8))
    await hears(survivor, 4)
    await readyIs(address, 4)
    expect(survivor.texts()).toHaveLength(4)
    await hears(survivor, 8)
    expect(now() - crashedAt).toBeGreaterThan(SESSION_TIMEOUT_MS - 1_500)
    expect(survivor.texts().sort()).toEqual(texts(8))
    expect(victim.texts()).toEqual([])
  }, 60_000)
})

describe('after an absence, and when nobody listens', () => {
  it('KQ-6 every message waits, for the very first worker as well as for one that comes back', async () => {
    const address = await cell.declare()
    await cell.publishAll(address, texts(3, 'early'))
    expect(await cell.facts(address)).toMatchObject({ ready: 3, unacked: null, consumers: 0, outside: 0 })
    const first = await cell.join(address)
    await hears(first, 3)
    await first.consumer.leave()
    await cell.publishAll(address, texts(5, 'late'))
    expect((await cell.facts(address)).ready).toBe(5)
    const second = await cell.join(address)
    await hears(second, 5)
    expect(second.texts().sort()).toEqual(texts(5, 'late'))
  })
})

describe('when a worker is too slow', () => {
  it('KQ-7 what a slow worker has not processed stays ready, and it stays a member of the group however long it takes', async () => {
    const address = await cell.declare({ partitions: 1 })
    const slow = await cell.join(address, { settings: { processingMs: SESSION_TIMEOUT_MS + 1_500 } })
    await cell.publishAll(address, texts(3))
    await hears(slow, 1)
    const before = cell.changes.length
    expect((await cell.facts(address)).ready).toBe(3)
    await hears(slow, 2)
    await readyIs(address, 2)
    expect(cell.changes.slice(before)).toEqual([])
    await slow.consumer.update({ processingMs: 0 })
    await slow.consumer.leave()
    const other = await cell.join(address)
    await hears(other, 2)
    expect(other.deliveries().map(({ redelivered }) => redelivered)).toEqual([true, false])
  }, 60_000)
})

describe('when a message always fails', () => {
  it('KQ-8 a worker retries a message that always fails again and again, and everything behind it in its partition waits', async () => {
    const address = await cell.declare({ partitions: 2 })
    const failing = await cell.join(address, { name: 'a-failing', settings: { failurePercent: 100 } })
    const other = await cell.join(address, { name: 'b-other' })
    await sharedBy(address, 2)
    await cell.publishAll(address, texts(8))
    await hears(other, 4)
    await hears(failing, 3)
    const [first] = failing.deliveries()
    expect(new Set(failing.deliveries().map(({ identity }) => identity))).toEqual(new Set([first?.identity]))
    await readyIs(address, 4)
    await failing.consumer.update({ failurePercent: 0 })
    await readyIs(address, 0)
    expect(new Set(all([failing, other]))).toEqual(new Set(texts(8)))
  }, 60_000)
})

describe('when a message is poison', () => {
  const poison = (text: string, key: string) => ({ text, key, headers: { 'x-poison': 'true' } })

  it('KQ-10 every worker fails at a message with the header x-poison; its partition waits behind it, the others go on, and a skip moves the group past it', async () => {
    const address = await cell.declare({ partitions: 2 })
    const worker = await cell.join(address)
    const [held, free] = keysOfTwoPartitions()
    await cell.publishAll(address, [
      { text: 'good-1', key: held },
      poison('bad', held),
      { text: 'good-2', key: held },
      { text: 'good-3', key: free },
    ])
    const tries = () => worker.deliveries().filter(({ body }) => String(body) === 'bad')
    await until('three tries', () => tries().length >= 3, { timeoutMs: 20_000 })
    await until('the other partition', () => worker.texts().includes('good-3'), { timeoutMs: 20_000 })
    expect(worker.texts()).not.toContain('good-2')
    expect(tries().map(({ attempt }) => attempt)).toEqual(tries().map((_, index) => index + 1))
    await readyIs(address, 2)
    await expect(worker.consumer.skip?.(tries()[0]?.delivery ?? 0)).rejects.toMatchObject({
      code: 'delivery-not-found',
    })
    // It may be at its next try by the time the skip arrives: then that one is skipped.
    await until('the skip', async () => {
      const skipped = worker.consumer.skip?.(tries().at(-1)?.delivery ?? 0)
      return skipped?.then(
        () => true,
        () => false,
      )
    })
    await readyIs(address, 0)
    expect(worker.texts().at(-1)).toBe('good-2')
  }, 60_000)

  it('KQ-11 a poison message blocks whichever worker gets its partition next', async () => {
    const address = await cell.declare({ partitions: 1 })
    const first = await cell.join(address)
    await cell.publishAll(address, [poison('bad', 'k'), { text: 'good', key: 'k' }])
    await hears(first, 2)
    await first.consumer.leave()
    const second = await cell.join(address)
    await hears(second, 2)
    expect(new Set(all([first, second]))).toEqual(new Set(['bad']))
    expect(second.deliveries().map(({ attempt }) => attempt)).toEqual(second.texts().map(() => null))
    await second.consumer.seek({ to: 'offset', offset: '1' })
    await until('what waited', () => second.texts().includes('good'), { timeoutMs: 20_000 })
  }, 60_000)
})

describe('what remains afterwards', () => {
  it('KQ-9 everything remains after reading, which only moves a position: another group, or the same one after a seek, reads it again', async () => {
    const address = await cell.declare({ partitions: 1 })
    const worker = await cell.join(address)
    await cell.publishAll(address, texts(4))
    await hears(worker, 4)
    await readyIs(address, 0)
    const [partition] = (await cell.facts(address)).partitions
    expect(partition).toEqual({ partition: 0, low: '0', end: '4', committed: '4' })
    const auditor = await cell.join(address, {
      as: 'log',
      group: uniqueName('audit'),
      settings: { from: 'earliest' },
    })
    await hears(auditor, 4)
    expect(auditor.texts()).toEqual(texts(4))
    await worker.consumer.seek({ to: 'offset', offset: '2' })
    await hears(worker, 6)
    expect(worker.texts().slice(4)).toEqual(['m2', 'm3'])
  })
})
