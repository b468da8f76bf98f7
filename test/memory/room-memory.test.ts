import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { HISTORY_MAX_EVENTS } from '#lib/protocol/limits.ts'
import { receiptOf } from '#test/support/scripted-driver.ts'
import { scriptRooms } from '../unit/rooms/scripted-rooms.ts'

const TEST_TIMEOUT_MS = 120_000
const MIB = 1024 * 1024

test('the memory of a room that has filled its history and its table of messages grows no more', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const heapMib = () => {
    collect()
    collect()
    return process.memoryUsage().heapUsed / MIB
  }
  const { lobby, drivers, events, rooms } = await scriptRooms()
  const worker = drivers.rabbitmq.consumer('worker-1')
  let delivery = 0
  drivers.rabbitmq.script.publish = async (_address, { messageId, body }) => {
    delivery += 1
    worker.deliver({ messageId, body })
    worker.emit({ type: 'acknowledged', delivery, evidence: 'client', at: 1 })
    worker.deliver({ identity: `outside:${delivery}` })
    delivery += 1
    worker.emit({ type: 'acknowledged', delivery, evidence: 'client', at: 1 })
    return receiptOf()
  }
  const publish = async (count: number) => {
    for (let n = 0; n < count; n += 1) {
      const sent = lobby.publish({ text: `message ${n} of many`, to: [{ system: 'rabbitmq' }] })
      if (n % 500 === 0) await sent
      events.length = 0
    }
  }
  await publish(130_000)
  const full = heapMib()
  await publish(130_000)
  const later = heapMib()
  const { seq, firstSeq } = await lobby.snapshot()
  expect(seq - firstSeq + 1).toBe(HISTORY_MAX_EVENTS)
  expect(later - full).toBeLessThan(full * 0.1)
  expect(await rooms.names()).toEqual(['lobby'])
})
