import { execFileSync } from 'node:child_process'
import { Kafka, logLevel } from 'kafkajs'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDriver } from '#lib/brokers/kafka/driver.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { INSTALL_TIMEOUT_MS, installCommandLineClients } from '#test/support/outside-programs.ts'
import { until } from '#test/support/until.ts'
import { draftOf, quietLog, upWithin } from './support/contract-bench.ts'
import { createKafkaWorld } from './support/kafka-world.ts'

const world = createKafkaWorld()
const url = () => testBrokers().kafka.url

async function groupsOfBroker(): Promise<string[]> {
  const admin = new Kafka({ brokers: [url()], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const { groups } = await admin.listGroups()
  await admin.disconnect()
  return groups.map(({ groupId }) => groupId)
}

describe('receipts of the broker', () => {
  it('contain the partition and offset of each message of a burst', async () => {
    const address = await world.declare()
    const reader = await world.attach(address, uniqueName('group'))
    const ids = Array.from({ length: 1_500 }, (_, index) => `id-${index}`)
    const receipts = await Promise.all(
      ids.map((messageId) => world.publish(address, { messageId, text: messageId })),
    )
    await until('all', () => reader.deliveries().length >= ids.length)
    const arrived = new Map(reader.deliveries().map((delivery) => [delivery.messageId, delivery.address]))
    for (const [index, receipt] of receipts.entries()) {
      expect(receipt).toMatchObject({
        outcome: 'published',
        evidence: 'broker',
        address: arrived.get(ids[index] ?? ''),
      })
    }
  })

  it('say that a message to a missing topic was refused, while messages to other topics go on', async () => {
    const address = await world.declare()
    const refused = await world.publish(uniqueName('absent'), 'nowhere')
    expect(refused).toMatchObject({ outcome: 'refused' })
    expect(await world.publish(address, 'there')).toMatchObject({ outcome: 'published' })
  })
})

describe('declared topics', () => {
  it('that exist already are used as they are, and a note says so', async () => {
    const address = await world.declare({ partitions: 1 })
    const declared = await world
      .driver()
      .declare({ address, mode: 'log', settings: { partitions: 3 }, owned: true })
    expect(declared.traits).toEqual(['1 partition', 'kept 7 days'])
    expect(declared.note).toContain('1 partition')
    expect((await world.facts(address)).partitions).toHaveLength(1)
  })

  it('with a name that Kafka does not allow are refused with the broker’s reason', async () => {
    const address = 'x'.repeat(300)
    const declaring = world.driver().declare({ address, mode: 'log', settings: {}, owned: true })
    await expect(declaring).rejects.toMatchObject({
      code: 'broker-refused',
      detail: { reason: expect.any(String) },
    })
  })

  it('that are owned are deleted with the groups that read them; all others stay', async () => {
    const own = uniqueName('own')
    const group = uniqueName('group')
    await world.driver().declare({ address: own, mode: 'log', settings: {}, owned: true })
    const reader = await world.attach(own, group)
    await reader.consumer.leave()
    expect(await groupsOfBroker()).toContain(group)
    const foreign = await world.declare()
    await world.driver().declare({ address: foreign, mode: 'log', settings: {}, owned: false })
    await world.driver().remove(own)
    await world.driver().remove(foreign)
    await expect(world.facts(own)).rejects.toMatchObject({ code: 'destination-not-found' })
    expect(await groupsOfBroker()).not.toContain(group)
    expect((await world.facts(foreign)).partitions).toHaveLength(3)
    await world.driver().declare({ address: foreign, mode: 'log', settings: {}, owned: true })
  })
})

describe('records and other programs', () => {
  beforeAll(installCommandLineClients, INSTALL_TIMEOUT_MS)

  it('records of other programs are delivered with their own identity, key, headers and exact bytes, and claim no id', async () => {
    const address = await world.declare({ partitions: 1 })
    const reader = await world.attach(address, uniqueName('group'))
    await world.kcatWrites(address, 'k:von draußen\n', [
      '-K',
      ':',
      '-H',
      'colour=grün',
      '-H',
      'content-type=text/x',
    ])
    await world.kcatWrites(address, Buffer.from([0xff, 0xfe, 0x80, 0x0a]))
    await until('both', () => reader.deliveries().length >= 2)
    const [text, broken] = reader.deliveries()
    expect(text).toMatchObject({
      messageId: null,
      identity: `kafka:${address}:0:0`,
      writtenAt: expect.any(Number),
      key: 'k',
      redelivered: false,
    })
    const { headers, fields } = text?.metadata?.() ?? {}
    expect(headers).toEqual({ colour: 'grün', 'content-type': 'text/x' })
    expect(fields).toEqual([
      {
        in: 'properties',
        name: 'timestamp',
        type: 'CreateTime',
        text: expect.any(String),
        time: expect.any(Number),
      },
    ])
    expect(Buffer.from(text?.body ?? []).toString()).toBe('von draußen')
    expect(Buffer.from(broken?.body ?? []).toString('hex')).toBe('fffe80')
    expect(broken?.key).toBeUndefined()
  })

  it('headers of other programs come in their order, each value as often as it was written, null apart from empty', async () => {
    const address = await world.declare({ partitions: 1 })
    const reader = await world.attach(address, uniqueName('group'))
    const many = Array.from({ length: 200 }, (_, index) => ['-H', `h${index}=${index}`]).flat()
    const odd = [
      '-H',
      'a=1',
      '-H',
      'a=2',
      '-H',
      'n',
      '-H',
      'e=',
      '-H',
      'ce_subject=x',
      '-H',
      `long=${'x'.repeat(5_000)}`,
    ]
    await world.kcatWrites(address, 'x\n', [...odd, ...many])
    await world.kcatWrites(address, 'k:\n', ['-K', ':', '-Z'])
    await until('both', () => reader.deliveries().length === 2)
    const [record, tombstone] = reader.deliveries()
    const { headers = {}, fields = [], omittedFields = 0 } = record?.metadata?.() ?? {}
    expect(headers).toMatchObject({ e: '', ce_subject: 'x', h0: '0' })
    expect(fields.slice(0, 5)).toEqual([
      expect.objectContaining({ in: 'properties', name: 'timestamp', type: 'CreateTime' }),
      { in: 'headers', name: 'a', type: 'string', text: '1' },
      { in: 'headers', name: 'a', type: 'string', text: '2' },
      { in: 'headers', name: 'n', type: 'null' },
      { in: 'headers', name: 'long', type: 'string', text: 'x'.repeat(1_024), omittedBytes: 5_000 - 1_024 },
    ])
    expect(Object.keys(headers).length + fields.length + omittedFields).toBe(206 + 1)
    expect(tombstone).toMatchObject({ nullBody: true, key: 'k' })
    expect(record?.nullBody).toBeUndefined()
  })

  it('records of other programs with a key are in the same partition as records of the driver with that key', async () => {
    const address = await world.declare()
    const reader = await world.attach(address, uniqueName('group'))
    const keys = ['a', 'bb', 'ccc', 'dddd', 'eeeee', 'schlüssel', '🙂']
    await world.kcatWrites(address, keys.map((key) => `${key}:outside\n`).join(''), [
      '-K',
      ':',
      '-X',
      'topic.partitioner=murmur2',
    ])
    for (const key of keys) await world.publish(address, { text: 'inside', key })
    await until('all', () => reader.deliveries().length >= keys.length * 2)
    const partitionOf = (key: string, text: string) =>
      reader
        .deliveries()
        .filter((delivery) => delivery.key === key && Buffer.from(delivery.body).toString() === text)
        .map(({ address: at }) => (at.kind === 'offset' ? at.partition : -1))
    for (const key of keys) expect(partitionOf(key, 'outside')).toEqual(partitionOf(key, 'inside'))
  })

  it('other programs find records of the driver as they were typed: the bytes, the key, and the rest in headers', async () => {
    const address = await world.declare({ partitions: 1 })
    await world.publish(address, {
      messageId: 'id-1',
      text: 'Grüße',
      key: 'k',
      sender: 'Zoë',
      headers: { a: 'b' },
    })
    const read = execFileSync('kcat', ['-C', '-b', url(), '-t', address, '-e', '-q', '-f', '%k|%s|%h'], {
      encoding: 'utf8',
    })
    const [key, text, headers] = read.split('|')
    expect({ key, text }).toEqual({ key: 'k', text: 'Grüße' })
    expect(headers?.split(',').sort()).toEqual(
      [
        'a=b',
        'ce_id=id-1',
        'ce_source=switchboard-world',
        'ce_type=switchboard.chat.message',
        'ce_specversion=1.0',
        'ce_sender=Zoë',
        'content-type=text/plain; charset=utf-8',
      ].sort(),
    )
  })
})

describe('a second driver', () => {
  it('deleting a topic does not stop the first one from using others', async () => {
    const other = createDriver({ url: url(), clientName: 'switchboard-other', log: quietLog })
    other.open()
    await upWithin(other)
    const [doomed, lasting] = [uniqueName('doomed'), await world.declare()]
    await other.declare({ address: doomed, mode: 'log', settings: {}, owned: true })
    await world.publish(doomed, 'before')
    await world.facts(doomed)
    await other.remove(doomed)
    await other.close()
    const refused = await until('the refusal', async () => {
      const receipt = await world.driver().publish(doomed, draftOf('after'))
      return receipt.outcome === 'refused' && receipt
    })
    expect(refused.outcome).toBe('refused')
    expect(await world.publish(lasting, 'still here')).toMatchObject({ outcome: 'published' })
    expect((await world.facts(lasting)).partitions).toHaveLength(3)
  })
})
