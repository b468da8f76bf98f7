import { describe, expect, test } from 'vitest'
import { PhoneModel } from '#components/phone/phone-model.ts'
import type { RoomEvent, UnnumberedEvent } from '#lib/protocol/events.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import type { Consumer, RoomSnapshot } from '#lib/protocol/room.ts'

const EPOCH = 'one'
const owner = { id: 'mei', name: 'Mei' }
const consumer = (name: string, more: Partial<Consumer> = {}): Consumer => ({
  ...{ id: `rabbitmq:mailbox:${name}`, name, system: 'rabbitmq', destination: 'mailbox', settings: {} },
  ...{ state: 'attached', ...more },
})
const snapshot = (consumers: Consumer[], more: Partial<RoomSnapshot> = {}): RoomSnapshot => ({
  ...{ room: 'hall', epoch: EPOCH, seq: 10, firstSeq: 1, number: 0, destinations: [], consumers },
  ...{ people: [], brokers: [], loads: [], ...more },
})
const place = { system: 'rabbitmq', destination: 'mailbox', evidence: 'broker' as const, at: 1 }
const numbered = (seq: number, event: UnnumberedEvent): RoomEvent => ({
  epoch: EPOCH,
  room: 'hall',
  seq,
  ...event,
})
const delivered = (seq: number, name: string, text?: string): RoomEvent =>
  numbered(seq, {
    kind: 'delivered',
    ...place,
    ...{ messageId: 'm1', consumer: name, delivery: seq, attempt: 1, redelivered: false, latencyMs: 1 },
    address: { kind: 'queue', queue: 'mailbox', exchange: '', routingKey: '', deliveryTag: 1 },
    inHand: true,
    ...(text === undefined ? {} : { text, number: 7, sender: 'Ada' }),
  })
const acknowledged = (seq: number, delivery: number): RoomEvent =>
  numbered(seq, { kind: 'acknowledged', ...place, messageId: 'm1', consumer: 'worker-3', delivery })
const changed = (seq: number, now: Consumer): RoomEvent =>
  numbered(seq, { kind: 'consumer', ...place, consumer: now.name, now })

function modelWithSeat(): PhoneModel {
  const model = new PhoneModel('mei')
  model.begin(snapshot([consumer('worker-1'), consumer('worker-3', { owner })]))
  return model
}

describe('what a phone knows', () => {
  test('its seat is the consumer that it owns, in the snapshot or when it is dealt', () => {
    expect(modelWithSeat().seat?.name).toBe('worker-3')
    const model = new PhoneModel('mei')
    model.begin(snapshot([consumer('worker-1')]))
    expect(model.seat).toBeNull()
    model.apply(changed(11, consumer('worker-4', { owner })))
    expect([model.seat?.name, model.phones]).toEqual(['worker-4', 1])
    model.apply(changed(12, consumer('worker-4', { owner, state: 'detached', removed: true })))
    expect([model.seat, model.phones]).toEqual([null, 0])
  })

  test('those who are here with a phone are counted, also those without a seat, but nobody twice', () => {
    const ada = { id: 'ada', name: 'Ada', colour: 1 }
    const mei = { ...owner, colour: 2, phone: true as const }
    const tom = { id: 'tom', name: 'Tom', colour: 3, phone: true as const }
    const model = new PhoneModel('mei')
    model.begin(snapshot([consumer('worker-3', { owner })], { people: [ada, mei, tom] }))
    expect(model.phones).toBe(2)
    model.apply(numbered(11, { kind: 'people', evidence: 'client', at: 1, people: [ada, mei] }))
    expect(model.phones).toBe(1)
  })

  test('what its consumer holds waits for an answer, and what others hold does not', () => {
    const model = modelWithSeat()
    model.apply(delivered(11, 'worker-1', 'a job'))
    expect([model.unacked.length, model.got]).toEqual([0, 0])
    model.apply(delivered(12, 'worker-3'))
    expect(model.unacked).toMatchObject([{ delivery: 12, state: 'unacked' }])
    expect(model.contentOf('m1')).toEqual({ number: 7, text: 'a job', sender: 'Ada' })
    model.apply(acknowledged(13, 12))
    expect([model.unacked.length, model.acked, model.last?.state]).toEqual([0, 1, 'ack'])
  })

  test('what it held when its connection ended is lost to it', () => {
    const model = modelWithSeat()
    model.apply(delivered(11, 'worker-3', 'a job'))
    model.apply(changed(12, consumer('worker-3', { owner, state: 'crashed' })))
    expect([model.unacked.length, model.last?.state]).toEqual([0, 'lost'])
  })

  test('a phone that comes back learns from what it missed, and keeps what it holds', () => {
    const model = modelWithSeat()
    model.apply(delivered(11, 'worker-3', 'a job'))
    model.begin(snapshot([consumer('worker-3', { owner })], { seq: 20 }))
    expect(model.unacked).toHaveLength(1)
    model.applyPast(acknowledged(12, 11))
    expect([model.unacked.length, model.acked]).toEqual([0, 1])
  })

  test('after a restart of the server it forgets its seat, and does not take that for lost', () => {
    const model = modelWithSeat()
    model.apply(delivered(11, 'worker-3', 'a job'))
    model.begin(snapshot([consumer('worker-3', { owner })], { epoch: 'two', seq: 3 }))
    expect([model.unacked.length, model.last, model.contentOf('m1')]).toEqual([0, null, null])
    model.begin(snapshot([], { epoch: 'three', seq: 1 }))
    expect([model.seat, model.lostSeat]).toEqual([null, false])
  })

  test('it sees who has a partition of its group and who waits', () => {
    const reader = { system: 'kafka', destination: 'datascience', group: 'audit', owner }
    const model = new PhoneModel('mei')
    model.begin(snapshot([consumer('reader-4', { ...reader, id: 'kafka:datascience:reader-4' })]))
    const members = [
      { consumer: 'reader-3', partitions: [0, 1, 2] },
      { consumer: 'reader-4', partitions: [] },
    ]
    model.apply(
      numbered(11, {
        ...{ kind: 'assignment', at: 1, evidence: 'client', system: 'kafka', destination: 'datascience' },
        ...{ group: 'audit', phase: 'stable', generation: 2, members },
      }),
    )
    expect(model.assignment).toMatchObject({ phase: 'stable', members })
  })

  test('in a lesson with parts it shows one of its consumers, also before that comes and after it has left', () => {
    const parts = ['rabbitmq:mailbox:worker-2']
    const lesson: RoomLesson = {
      ...{ name: 'a-lesson', title: 'A lesson', run: 'one', steps: 2, step: 0, done: 0 },
      ...{ phase: 'question', startedAt: 1 },
    }
    const begun = (seq: number, now: RoomLesson | null) =>
      numbered(seq, { kind: 'lesson', at: 1, evidence: 'client', now })
    const model = modelWithSeat()
    model.apply(begun(11, { ...lesson, parts }))
    expect([model.part, model.seat?.name, model.seat?.state]).toEqual([parts[0], 'worker-2', 'detached'])
    model.apply(changed(12, consumer('worker-2')))
    model.apply(delivered(13, 'worker-2', 'a job'))
    expect([model.seat?.state, model.unacked.length, model.lostSeat]).toEqual(['attached', 1, false])
    model.apply(changed(14, consumer('worker-2', { state: 'detached', removed: true })))
    expect([model.seat?.state, model.unacked.length, model.lostSeat]).toEqual(['detached', 0, false])
    model.apply(begun(15, null))
    expect([model.part, model.seat?.name]).toEqual([null, 'worker-3'])
  })
})
