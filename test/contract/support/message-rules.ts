import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { TEXT_MAX_BYTES } from '#lib/protocol/limits.ts'
import { until } from '#test/support/until.ts'
import type { ContractBench, Draft } from './contract-bench.ts'

const ORDERED_MESSAGES = 200

/** Bodies that naive code mangles: other scripts, surrogate pairs, broken UTF-8, protocol syntax, the longest, none. */
const awkwardBodies: Record<string, Uint8Array> = {
  'non-ASCII': Buffer.from('Grüße, 世界, שלום'),
  emoji: Buffer.from('🙂👩‍🚀🏳️‍🌈'),
  'broken UTF-8': Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3]),
  'protocol syntax': Buffer.from('*1\r\n$4\r\nPING\r\n'),
  'the longest text': Buffer.alloc(TEXT_MAX_BYTES, 'x'),
  nothing: Buffer.alloc(0),
}

/** Puts all messages of a test into one order where the system orders by key. */
const sameKey = (bench: ContractBench): Draft => (bench.can.key === 'partition-key' ? { key: 'one' } : {})

export function registerMessageRules(bench: ContractBench): void {
  registerReceiptRules(bench)
  registerContentRules(bench)
  registerIdentityRules(bench)
}

function registerReceiptRules(bench: ContractBench): void {
  it('gives each publish one receipt, from the broker', async () => {
    const address = await bench.declare()
    await bench.attach(address)
    const sentAt = performance.timeOrigin + performance.now()
    const receipt = await bench.publish(address, 'hello')
    expect(receipt).toMatchObject({ outcome: 'published', evidence: 'broker' })
    expect(receipt.at).toBeGreaterThanOrEqual(sentAt)
  })

  it.runIf(bench.can.lossyWithoutListeners)('says how many heard it, and when nobody did', async () => {
    const address = await bench.declare()
    const { countsListeners = true } = bench.subject
    const outcome = countsListeners ? 'unheard' : 'returned'
    expect(await bench.publish(address, 'alone')).toMatchObject({ outcome, evidence: 'broker' })
    await bench.attach(address)
    await bench.attach(address)
    const heard = countsListeners ? { heardBy: 2 } : {}
    expect(await bench.publish(address, 'two')).toMatchObject({ outcome: 'published', ...heard })
  })

  it.runIf(bench.can.keepsForAbsent)('takes a message that nobody waits for', async () => {
    const address = await bench.declare()
    expect(await bench.publish(address, 'kept')).toMatchObject({ outcome: 'published', evidence: 'broker' })
  })
}

function registerContentRules(bench: ContractBench): void {
  it('delivers exactly the bytes that were sent', async () => {
    const address = await bench.declare()
    const recorder = await bench.attach(address)
    const sent = new Map<string, string>()
    for (const body of Object.values(awkwardBodies)) {
      const messageId = randomUUID()
      sent.set(messageId, Buffer.from(body).toString('hex'))
      await bench.publish(address, { messageId, body, headers: {} })
    }
    await until('all bodies', () => recorder.deliveries().length >= sent.size)
    const arrived = recorder.deliveries().map(({ messageId, body }) => {
      expect(body).toBeInstanceOf(Uint8Array)
      return [messageId, Buffer.from(body).toString('hex')] as const
    })
    expect(new Map(arrived)).toEqual(sent)
    expect(arrived).toHaveLength(sent.size)
  })

  it.runIf(bench.can.headers)('carries sender and headers beside the body', async () => {
    const address = await bench.declare()
    const recorder = await bench.attach(address)
    const headers = { colour: 'grün', 'x-empty': '' }
    await bench.publish(address, { text: 'dressed', sender: 'Zoë 🙂', headers })
    await until('it', () => recorder.deliveries().length > 0)
    const [delivery] = recorder.deliveries()
    expect(delivery?.sender).toBe('Zoë 🙂')
    expect(delivery?.metadata?.().headers).toEqual(headers)
  })

  it.runIf(bench.can.key === 'partition-key')('carries the key', async () => {
    const address = await bench.declare()
    const recorder = await bench.attach(address)
    await bench.publish(address, { text: 'keyed', key: 'schlüssel' })
    await until('it', () => recorder.deliveries().length > 0)
    expect(recorder.deliveries()[0]?.key).toBe('schlüssel')
  })

  it('keeps the order of one destination at each consumer', async () => {
    const address = await bench.declare()
    const recorder = await bench.attach(address)
    const texts = Array.from({ length: ORDERED_MESSAGES }, (_, index) => `n${index}`)
    const receipts = await Promise.all(
      texts.map((text) => bench.publish(address, { text, ...sameKey(bench) })),
    )
    expect(receipts.filter(({ outcome }) => outcome !== 'published')).toEqual([])
    await until('all of them', () => recorder.texts().length >= texts.length)
    expect(recorder.texts()).toEqual(texts)
  })
}

function registerIdentityRules(bench: ContractBench): void {
  it('knows its own messages again, each by its id, also when their texts are equal', async () => {
    const address = await bench.declare()
    const recorder = await bench.attach(address)
    const ids = Array.from({ length: 20 }, () => randomUUID())
    await Promise.all(
      ids.map((messageId) => bench.publish(address, { messageId, text: 'same', ...sameKey(bench) })),
    )
    await until('all of them', () => recorder.deliveries().length >= ids.length)
    expect(recorder.ids()).toEqual(ids)
    const numbers = recorder.deliveries().map(({ delivery }) => delivery)
    expect(new Set(numbers).size).toBe(ids.length)
    expect(new Set(recorder.deliveries().map(({ identity }) => identity)).size).toBe(ids.length)
  })

  it('describes a first arrival as such', async () => {
    const address = await bench.declare()
    const recorder = await bench.attach(address)
    await bench.publish(address, 'once')
    await until('it', () => recorder.deliveries().length > 0)
    const [delivery] = recorder.deliveries()
    expect(delivery?.redelivered).toBe(false)
    expect([1, null]).toContain(delivery?.attempt)
    expect(delivery?.address.kind).toMatch(/^(queue|channel|item|entry|offset)$/)
  })

  it('hears another program, and both hear the same message under one identity', async () => {
    const outside = await bench.openDriver()
    const address = await bench.declare()
    await bench.adopt(address, outside)
    const first = await bench.attach(address)
    const second = bench.subject.mode === 'queue' ? undefined : await bench.attach(address)
    const messageId = randomUUID()
    await bench.publish(address, { messageId, text: 'von draußen' }, outside)
    await bench.publish(address, 'von drinnen')
    const recorders = second ? [first, second] : [first]
    for (const { deliveries, texts } of recorders) {
      await until('both', () => deliveries().length >= 2)
      expect(texts().sort()).toEqual(['von draußen', 'von drinnen'])
    }
    const seen = recorders.map(({ deliveries }) =>
      deliveries().find(({ body }) => Buffer.from(body).toString() === 'von draußen'),
    )
    for (const delivery of seen) expect(delivery?.messageId).toBe(bench.can.headers ? messageId : null)
    expect(new Set(seen.map((delivery) => delivery?.identity)).size).toBe(1)
  })
}
