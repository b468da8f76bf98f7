import { describe, expect, it } from 'vitest'
import { manifest } from '#lib/brokers/kafka/manifest.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { draftOf } from './support/contract-bench.ts'
import { createKafkaCell, hears, partitionOf, places, texts } from './support/kafka-cell.ts'

const cell = createKafkaCell('log')
const group = () => uniqueName('group')
const KEYS = ['a', 'bb', 'ccc', 'dddd', 'schlüssel', '🙂', 'order-17', 'order-18', 'x', 'y']

async function partitionsOfKeys(address: string): Promise<number[]> {
  const receipts = await cell.publishAll(
    address,
    KEYS.map((key) => ({ text: key, key })),
  )
  return receipts.map(partitionOf)
}

/** Enough for a question to be under way while each of several becomes known to the client. */
const OTHERS = 12
/** A new partition is noticed, and shared out, within this. */
const NOTICED_MAX_MS = 6_000

describe('partitions of a topic', () => {
  it('KL-10 partitions can be added while readers read: the new one is assigned soon, and some keys move', async () => {
    const address = await cell.declare({ partitions: 2 })
    const reader = await cell.join(address, { group: group() })
    const before = await partitionsOfKeys(address)
    await hears(reader, KEYS.length)
    const altered = await cell
      .driver()
      .alter({ address, mode: 'log', settings: { partitions: 3 }, owned: true })
    expect(altered.traits).toContain('3 partitions')
    const after = await partitionsOfKeys(address)
    await hears(reader, KEYS.length * 2, NOTICED_MAX_MS)
    expect(after).toContain(2)
    expect(after).not.toEqual(before)
    expect(new Set(places(reader).map(({ partition }) => partition))).toEqual(new Set([0, 1, 2]))
    expect((await cell.facts(address)).partitions).toHaveLength(3)
    await reader.consumer.leave()
  }, 30_000)

  it('KL-11 partitions can never be removed: the broker refuses, and everything stays as it was', async () => {
    const address = await cell.declare({ partitions: 3 })
    const shrinking = cell.driver().alter({ address, mode: 'log', settings: { partitions: 1 }, owned: true })
    await expect(shrinking).rejects.toMatchObject({
      code: 'broker-refused',
      message: expect.stringContaining('never takes any away'),
    })
    expect((await cell.facts(address)).partitions).toHaveLength(3)
  })

  it('KL-12 the partition of a key is predicted while it is typed, by the function that publishing uses', async () => {
    const address = await cell.declare({ partitions: 5 })
    const facts: Facts = await cell.facts(address)
    const place = { settings: { partitions: 3 }, consumers: [], facts }
    const { preview } = manifest.modes.log ?? {}
    const foretold = KEYS.map((key) => preview?.({ key, headers: {}, settings: {} }, place))
    const actual = await partitionsOfKeys(address)
    expect(foretold).toEqual(actual.map((partition) => ({ kind: 'partition', partition })))
    expect(preview?.({ key: '', headers: {}, settings: {} }, place)).toEqual({ kind: 'open' })
    const unread = { ...place, facts: null, settings: { partitions: 1 } }
    expect(preview?.({ key: 'a', headers: {}, settings: {} }, unread)).toEqual({
      kind: 'partition',
      partition: 0,
    })
  })
})

describe('facts of one topic', () => {
  it('can be read while other topics are being created', async () => {
    const address = await cell.declare({ partitions: 2 })
    let making = true
    const made = Promise.all(Array.from({ length: OTHERS }, () => cell.declare({ partitions: 1 })))
    const over = made.finally(() => {
      making = false
    })
    while (making) expect((await cell.facts(address)).partitions).toHaveLength(2)
    await over
  })
})

describe('retention and cleanup', () => {
  it('KL-13 retention and cleanup are read from the broker, and can be changed while the topic is in use', async () => {
    const address = uniqueName('laws')
    const spec = (settings: object) => ({
      address,
      mode: 'log' as const,
      settings: { ...settings },
      owned: true,
    })
    const { traits } = await cell.driver().declare(spec({ partitions: 1, retentionMinutes: 90 }))
    expect(traits).toEqual(['1 partition', 'kept 90 minutes'])
    const compacted = await cell.driver().alter(spec({ partitions: 1, cleanup: 'compact' }))
    expect(compacted.traits).toEqual(['1 partition', 'compacted'])
    const plain = await cell.driver().alter(spec({ partitions: 1 }))
    expect(plain.traits).toEqual(['1 partition', 'kept 7 days'])
    const other = await cell.driver().declare(spec({ partitions: 2, cleanup: 'compact' }))
    expect(other.note).toBe('It was there already with 1 partition, not compacted, and is used as it is.')
    await cell.driver().remove(address)
  })

  it('KL-14 a compacted topic keeps all messages of a key as long as their segment is open', async () => {
    const address = await cell.declare({ partitions: 1, cleanup: 'compact' })
    await cell.publishAll(
      address,
      texts(5).map((text) => ({ text, key: 'same' })),
    )
    const reader = await cell.join(address, { group: group(), settings: { from: 'earliest' } })
    await hears(reader, 5)
    expect(reader.texts()).toEqual(texts(5))
    const keyless = await cell.publish(address, 'without a key')
    expect(keyless).toMatchObject({ outcome: 'refused', evidence: 'broker' })
  })
})

describe('acknowledgements of the broker', () => {
  it('KL-15 with one replica, the acknowledgement is the same for acks all and acks 1', async () => {
    const addresses = [
      await cell.declare({ partitions: 1, acks: 'all', idempotent: false }),
      await cell.declare({ partitions: 1, acks: '1', idempotent: false }),
    ]
    for (const address of addresses) {
      const receipt = await cell.publish(address, 'm')
      expect(receipt).toMatchObject({ outcome: 'published', evidence: 'broker', address: { offset: '0' } })
    }
  })

  it('KL-16 with acks 0 the broker acknowledges nothing: only sending is known, and the message arrives all the same', async () => {
    const address = await cell.declare({ partitions: 1, acks: '0', idempotent: false })
    const reader = await cell.join(address, { group: group() })
    const receipt = await cell.publish(address, 'no receipt')
    expect(receipt).toMatchObject({ outcome: 'published', evidence: 'client' })
    expect(receipt).not.toHaveProperty('address')
    await hears(reader, 1)
    const again = await cell.declared(address, { partitions: 1, acks: '0', idempotent: false })
    expect(again.traits).toEqual(['1 partition', 'kept 7 days', 'acks 0: no receipt', 'not idempotent'])
  })

  it('KL-17 an idempotent producer must use acks all: other choices are refused with the reason', async () => {
    for (const acks of ['1', '0']) {
      await expect(cell.declare({ acks, idempotent: true })).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringContaining('choose acks all'),
      })
    }
  })
})

describe('transactions', () => {
  const sends = (address: string, text: string, transaction: 'commit' | 'abort') =>
    cell.driver().publish(address, draftOf({ text, settings: { transaction } }))

  it('KL-18 aborted transactions are invisible to readers of committed records; their offsets stay empty', async () => {
    const address = await cell.declare({ partitions: 1 })
    const careful = group()
    const committed = await cell.join(address, { group: careful })
    const anything = await cell.join(address, { group: group(), settings: { isolation: 'read_uncommitted' } })
    const kept = await sends(address, 'kept', 'commit')
    const withdrawn = await sends(address, 'withdrawn', 'abort')
    // The broker answers before it has written the end of a transaction into the topic.
    await until('both ends', async () => (await cell.facts(address)).partitions[0]?.end === '4')
    const receipts = [kept, withdrawn, await cell.publish(address, 'plain')]
    expect(receipts).toMatchObject([
      { outcome: 'published', transaction: 'committed', address: { offset: '0' } },
      { outcome: 'published', transaction: 'aborted', address: { offset: '2' } },
      { outcome: 'published', address: { offset: '4' } },
    ])
    await hears(committed, 2)
    await hears(anything, 3)
    expect(committed.texts()).toEqual(['kept', 'plain'])
    expect(places(committed).map(({ offset }) => offset)).toEqual(['0', '4'])
    expect(anything.texts()).toEqual(['kept', 'withdrawn', 'plain'])
    await until('nothing behind', async () => {
      const { groups } = await cell.facts(address)
      return groups.find((one) => one.group === careful)?.lag === 0
    })
  }, 30_000)

  it('KL-19 transactions keep their order among the messages of their topic', async () => {
    const address = await cell.declare({ partitions: 1 })
    const reader = await cell.join(address, { group: group() })
    const sent = texts(6)
    await Promise.all(
      sent.map((text, index) =>
        index % 2 === 0 ? cell.publish(address, text) : sends(address, text, 'commit'),
      ),
    )
    await hears(reader, 6)
    expect(reader.texts()).toEqual(sent)
  }, 30_000)
})
