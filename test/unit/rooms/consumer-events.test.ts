import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { KEY_MAX_BYTES, OUTSIDE_TEXT_MAX_BYTES } from '#lib/protocol/limits.ts'
import { of, scriptRooms } from './scripted-rooms.ts'

describe('arrivals', () => {
  it('an id of ours is recognised only on a system to which the room sent it', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    const { id } = await lobby.publish({ text: 'ours', to: [{ system: 'redis' }] })
    drivers.redis.consumer('subscriber-1').deliver({ messageId: id, body: Buffer.from('ours') })
    drivers.kafka
      .consumer('reader-1')
      .deliver({ messageId: id, identity: 'kafka:1', body: Buffer.from('forged') })
    drivers.redis.consumer('subscriber-2').deliver({ messageId: 'unknown', identity: 'redis:9' })
    const [ours, forged, unknown] = of(events, 'delivered')
    expect(ours).toMatchObject({ messageId: id, number: 1, text: 'ours', latencyMs: expect.any(Number) })
    expect(ours?.outside).toBeUndefined()
    expect(forged).toMatchObject({
      messageId: 'kafka:1',
      number: 2,
      text: 'forged',
      outside: true,
      latencyMs: null,
    })
    expect(unknown).toMatchObject({ messageId: 'redis:9', number: 3, outside: true })
  })

  it('a delivery that bears an id of ours and another body is an outside message, and shows its own text', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    const to = [{ system: 'rabbitmq' }, { system: 'kafka' }]
    const { id, number } = await lobby.publish({ text: 'ours', to })
    for (const [driver, consumer] of [
      [drivers.rabbitmq, 'worker-1'],
      [drivers.kafka, 'reader-1'],
    ] as const) {
      driver
        .consumer(consumer)
        .deliver({ messageId: id, identity: `${consumer}:a`, body: Buffer.from('theirs') })
      driver
        .consumer(consumer)
        .deliver({ messageId: id, identity: `${consumer}:b`, body: Buffer.from('ours') })
    }
    const [copy, own, other, ours] = of(events, 'delivered')
    expect(copy).toMatchObject({ text: 'theirs', outside: true, bearsIdOf: number, latencyMs: null })
    expect(other).toMatchObject({ text: 'theirs', outside: true, bearsIdOf: number, latencyMs: null })
    expect(own).toMatchObject({ messageId: id, number, text: 'ours' })
    expect(ours?.messageId).toBe(id)
    expect(own?.outside).toBeUndefined()
  })

  it('what becomes of a delivery concerns the message that arrived, not the one whose id it bears', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    const { id } = await lobby.publish({ text: 'ours', to: [{ system: 'rabbitmq' }, { system: 'redis' }] })
    const worker = drivers.rabbitmq.consumer('worker-1')
    const claimed = { messageId: id, identity: 'theirs' }
    const end = { to: 'dead', reason: 'rejected', attempts: 1, evidence: 'inferred', at: 2 } as const
    worker.deliver({ ...claimed, body: Buffer.from('theirs'), inHand: true })
    worker.emit({ type: 'dead-lettered', delivery: 1, ...claimed, ...end })
    worker.emit({ type: 'rejected', delivery: 1, evidence: 'client', at: 3 })
    const body = Buffer.from('theirs')
    drivers.redis.consumer('subscriber-1').emit({ type: 'dead-lettered', body, ...claimed, ...end })
    expect(of(events, 'dead-lettered').map(({ messageId }) => messageId)).toEqual(['theirs', 'theirs'])
    expect(of(events, 'rejected').map(({ messageId }) => messageId)).toEqual(['theirs'])
  })

  it('an outside message is the same message at every consumer and at every redelivery', async () => {
    const { drivers, events } = await scriptRooms()
    const identity = 'kafka:datascience:0:7'
    drivers.kafka.consumer('reader-1').deliver({ identity, sender: 'script', key: 'k', headers: { a: 'b' } })
    drivers.kafka.consumer('reader-3').deliver({ identity, redelivered: true, attempt: null })
    const [first, second] = of(events, 'delivered')
    expect(first).toMatchObject({
      messageId: identity,
      number: 1,
      sender: 'script',
      key: 'k',
      headers: { a: 'b' },
    })
    expect(first).toMatchObject({ consumer: 'reader-1', group: 'analytics' })
    expect(second).toMatchObject({
      messageId: identity,
      consumer: 'reader-3',
      group: 'audit',
      redelivered: true,
    })
    expect(second?.text).toBeUndefined()
  })

  it('a body that is not UTF-8 gets a readable rendering and its bytes', async () => {
    const { drivers, events } = await scriptRooms()
    const body = Buffer.from([0x68, 0x69, 0xff, 0xfe, 0x00])
    drivers.rabbitmq.consumer('worker-1').deliver({ body })
    drivers.rabbitmq.consumer('worker-1').deliver({ body: Buffer.from('\ufeffbom, ünder') })
    const [broken, marked] = of(events, 'delivered')
    expect(broken?.text).toBe('hi\ufffd\ufffd\u0000')
    expect(Buffer.from(broken?.bytes ?? '', 'base64')).toEqual(body)
    expect(marked).toMatchObject({ text: '\ufeffbom, ünder' })
    expect(marked?.bytes).toBeUndefined()
  })

  it('a body longer than an event may carry is cut between characters, with the number of bytes left out', async () => {
    const { drivers, events } = await scriptRooms()
    const body = Buffer.from(`x${'€'.repeat(OUTSIDE_TEXT_MAX_BYTES)}`)
    drivers.rabbitmq.consumer('worker-1').deliver({ body })
    const [event] = of(events, 'delivered')
    const kept = Buffer.byteLength(event?.text ?? '')
    expect(kept).toBeGreaterThan(OUTSIDE_TEXT_MAX_BYTES - 4)
    expect(kept).toBeLessThanOrEqual(OUTSIDE_TEXT_MAX_BYTES)
    expect(event?.bytes).toBeUndefined()
    expect(event?.omittedBytes).toBe(body.byteLength - kept)
  })

  it('a record that cannot be read is shown without a text, with its reason and how many were lost with it', async () => {
    const { drivers, events } = await scriptRooms()
    const unreadable = { reason: 'its codec is not known here: number 6', records: 12 }
    drivers.kafka.consumer('reader-1').deliver({ body: new Uint8Array(0), unreadable })
    drivers.kafka.consumer('reader-1').deliver({ body: Buffer.from('next') })
    const [bad, next] = of(events, 'delivered')
    expect(bad).toMatchObject({ text: '', unreadable, outside: true })
    expect(next).toMatchObject({ text: 'next' })
    expect(next?.unreadable).toBeUndefined()
  })

  it('a key from outside is cut between characters and says how much is left out; bytes that are no text stay bytes', async () => {
    const { drivers, events } = await scriptRooms()
    const reader = drivers.kafka.consumer('reader-1')
    reader.deliver({ key: `${'k'.repeat(KEY_MAX_BYTES - 1)}🙂${'k'.repeat(100)}` })
    const bytes = Buffer.from([0xff, 0x00, 0x41])
    reader.deliver({ key: bytes.toString('utf8'), keyBytes: bytes })
    const [long, binary] = of(events, 'delivered')
    expect(long).toMatchObject({ key: 'k'.repeat(KEY_MAX_BYTES - 1), omittedKeyBytes: 104 })
    expect(binary).toMatchObject({ key: '\ufffd\u0000A', keyBytes: bytes.toString('base64') })
  })

  it('a null body is not an empty one, and a gzip body says what it is and keeps its bytes', async () => {
    const { drivers, events } = await scriptRooms()
    const reader = drivers.kafka.consumer('reader-1')
    const packed = gzipSync('hello')
    reader.deliver({ body: Buffer.alloc(0), nullBody: true })
    reader.deliver({ body: Buffer.alloc(0) })
    reader.deliver({ body: packed })
    const [none, empty, gzip] = of(events, 'delivered')
    expect(none).toMatchObject({ text: '', nullBody: true })
    expect(empty?.nullBody).toBeUndefined()
    expect(gzip).toMatchObject({ encoding: 'gzip', bytes: packed.toString('base64') })
    expect(gzip?.text).toBe(`gzip, ${packed.length} bytes`)
  })

  it('a deflate or zstd body says what it is; one that only begins like it is shown as bytes', async () => {
    const { drivers, events } = await scriptRooms()
    const reader = drivers.kafka.consumer('reader-1')
    const packed = deflateSync(Buffer.alloc(1_000_000, 'hello'))
    reader.deliver({ body: packed })
    reader.deliver({ body: Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]) })
    reader.deliver({ body: Buffer.from([0x78, 0x9c, 0xff, 0xff, 0xff, 0xff]) })
    const [deflate, zstd, other] = of(events, 'delivered')
    expect(deflate).toMatchObject({ encoding: 'deflate', text: `deflate, ${packed.length} bytes` })
    expect(zstd).toMatchObject({ encoding: 'zstd', text: 'zstd, 5 bytes' })
    expect(other?.encoding).toBeUndefined()
  })

  it('all that rode beside an outside message is in its content; of one of ours it is in its first arrival on each system', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    const field = { in: 'properties', name: 'app_id', type: 'string', text: 'x' } as const
    const metadata = () => ({ headers: { a: 'b' }, fields: [field], omittedFields: 3 })
    const { id } = await lobby.publish({ text: 'ours', to: [{ system: 'kafka' }], headers: { a: 'b' } })
    const reader = drivers.kafka.consumer('reader-1')
    reader.deliver({ messageId: id, body: Buffer.from('ours'), metadata })
    reader.deliver({ messageId: id, body: Buffer.from('ours'), metadata })
    reader.deliver({ metadata })
    const [ours, again, outside] = of(events, 'delivered')
    expect(again?.carried).toBeUndefined()
    expect(ours).toMatchObject({ headers: { a: 'b' }, carried: { headers: { a: 'b' }, fields: [field] } })
    expect(ours).not.toHaveProperty('fields')
    expect(outside).toMatchObject({ headers: { a: 'b' }, fields: [field], omittedFields: 3 })
  })

  it('what the broker wrote beside one of ours is shown again on its first arrival among the dead letters', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    const { id } = await lobby.publish({ text: 'ours', to: [{ system: 'rabbitmq' }] })
    const worker = drivers.rabbitmq.consumer('worker-1')
    const ours = { messageId: id, body: Buffer.from('ours') }
    const death = { how: 'dead-lettered', reason: 'rejected', attempts: 1 } as const
    worker.deliver({ ...ours, metadata: () => ({ headers: { at: 'first' } }) })
    worker.deliver({ ...ours, death, metadata: () => ({ headers: { at: 'dead' } }) })
    worker.deliver({ ...ours, death, redelivered: true, metadata: () => ({ headers: { at: 'again' } }) })
    expect(of(events, 'delivered').map(({ carried }) => carried?.headers?.at)).toEqual([
      'first',
      'dead',
      undefined,
    ])
  })

  it('an acknowledgement belongs to the message of the delivery with that number', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    const { id } = await lobby.publish({ text: 'x', to: [{ system: 'rabbitmq' }] })
    const worker = drivers.rabbitmq.consumer('worker-1')
    worker.deliver({ messageId: id, body: Buffer.from('x'), inHand: true })
    worker.emit({ type: 'acknowledged', delivery: 1, evidence: 'client', at: 5 })
    worker.emit({ type: 'acknowledged', delivery: 1, evidence: 'client', at: 6 })
    worker.emit({ type: 'rejected', delivery: 77, evidence: 'client', at: 7 })
    const [arrival] = of(events, 'delivered')
    expect(of(events, 'acknowledged')).toEqual([
      expect.objectContaining({ messageId: id, consumer: 'worker-1', delivery: arrival?.delivery, at: 5 }),
    ])
    expect(of(events, 'rejected')).toEqual([])
  })

  it('unacked deliveries of a lost connection can still be emitted as requeued before the consumer is attached again', async () => {
    const { drivers, events } = await scriptRooms()
    const worker = drivers.rabbitmq.consumer('worker-1')
    worker.deliver({ inHand: true })
    worker.deliver({ inHand: true })
    worker.emit({ type: 'state', state: 'attaching', reason: 'cut', at: 1 })
    worker.emit({ type: 'requeued', delivery: 1, evidence: 'inferred', at: 2, reason: 'cut' })
    worker.emit({ type: 'state', state: 'attached', at: 3 })
    worker.emit({ type: 'requeued', delivery: 2, evidence: 'inferred', at: 4 })
    expect(of(events, 'requeued')).toEqual([expect.objectContaining({ evidence: 'inferred', reason: 'cut' })])
  })

  it('no two deliveries to a consumer have the same number, however often it attaches', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    const id = 'rabbitmq:mailbox:worker-1'
    drivers.rabbitmq.consumer('worker-1').deliver()
    await lobby.commandConsumer(id, 'crash')
    await lobby.commandConsumer(id, 'start')
    drivers.rabbitmq.consumer('worker-1').deliver()
    await lobby.removeConsumer(id)
    await lobby.addConsumer({ system: 'rabbitmq', name: 'worker-1' })
    drivers.rabbitmq.consumer('worker-1').deliver()
    const numbers = of(events, 'delivered').map(({ delivery }) => delivery)
    expect(new Set(numbers).size).toBe(3)
  })

  it("commits, gaps, assignments and faults use the room's own names", async () => {
    const { rooms, drivers } = await scriptRooms()
    const { room } = await rooms.create('den')
    const events: Parameters<Parameters<typeof room.onEvent>[0]>[0][] = []
    room.onEvent((event) => events.push(event))
    await room.awake()
    const reader = drivers.kafka.attached.find(
      ({ spec }) => spec.address === 'sb.den.datascience' && spec.name === 'reader-3',
    )
    const group = 'sb.den.audit'
    expect(reader?.spec.group).toBe(group)
    reader?.emit({ type: 'committed', group, partition: 2, upTo: '8', evidence: 'broker', at: 1 })
    reader?.emit({ type: 'gap', reason: 'lagging', awayMs: 9, at: 2 })
    reader?.emit({ type: 'gap', reason: 'retention', missed: 7, partition: 2, awayMs: 0, at: 2 })
    const members = [{ consumer: 'reader-3', partitions: [0] }]
    const change = {
      address: 'sb.den.datascience',
      group,
      phase: 'stable' as const,
      generation: 3,
      members,
      evidence: 'client' as const,
      at: 3,
    }
    drivers.kafka.assign(change)
    drivers.kafka.assign({ ...change, address: 'datascience', group: 'audit' })
    drivers.kafka.complain({
      address: 'sb.den.datascience',
      consumer: 'reader-3',
      code: 'odd',
      text: 'words',
    })
    const place = { system: 'kafka', destination: 'datascience' }
    expect(of(events, 'committed')).toEqual([
      expect.objectContaining({ ...place, group: 'audit', partition: 2, upTo: '8', consumer: 'reader-3' }),
    ])
    expect(of(events, 'gap')).toEqual([
      expect.objectContaining({
        ...place,
        reason: 'lagging',
        awayMs: 9,
        from: null,
        to: null,
        consumer: 'reader-3',
      }),
      expect.objectContaining({ ...place, reason: 'retention', missed: 7, partition: 2, evidence: 'broker' }),
    ])
    expect(of(events, 'assignment')).toEqual([
      expect.objectContaining({ ...place, group: 'audit', generation: 3, members }),
    ])
    expect(of(events, 'fault')).toEqual([
      expect.objectContaining({ ...place, consumer: 'reader-3', code: 'odd', text: 'words' }),
    ])
  })
})
