import { expect, it } from 'vitest'
import { receiptOf, UP } from '#test/support/scripted-driver.ts'
import { until } from '#test/support/until.ts'
import { of, scriptRooms } from './scripted-rooms.ts'

it('while a broker blocks, health and the room say so, and nothing else is taken for an outage', async () => {
  const { rooms, lobby, drivers, events } = await scriptRooms()
  const { rabbitmq } = drivers
  const declared = rabbitmq.declared.length
  rabbitmq.setStatus({ ...UP, status: 'up', version: '1.0', blocked: 'low on disk space' })
  expect(await rooms.health()).toMatchObject({
    status: 'degraded',
    brokers: { rabbitmq: { status: 'blocked', reason: 'low on disk space' } },
  })
  expect(of(events, 'broker').at(-1)?.now).toMatchObject({ system: 'rabbitmq', status: 'blocked' })
  const { consumers } = await lobby.snapshot()
  expect(consumers.filter(({ system }) => system === 'rabbitmq').map(({ state }) => state)).toEqual([
    'attached',
    'attached',
  ])
  rabbitmq.setStatus(UP)
  expect(await rooms.health()).toMatchObject({ status: 'ok' })
  await lobby.awake()
  expect(rabbitmq.declared).toHaveLength(declared)
})

it('a load waits while its broker blocks, and goes on when messages are taken again', async () => {
  const { lobby, drivers } = await scriptRooms()
  const { rabbitmq } = drivers
  rabbitmq.script.publish = async () => receiptOf()
  const count = 300
  rabbitmq.setStatus({ ...UP, status: 'up', version: '1.0', blocked: 'low on memory' })
  await lobby.startLoad({ system: 'rabbitmq', rate: 0, count, size: 20 })
  const load = async () => (await lobby.snapshot()).loads.find(({ system }) => system === 'rabbitmq')
  await new Promise(setImmediate)
  expect(await load()).toMatchObject({ state: 'running', sent: 0 })
  rabbitmq.setStatus(UP)
  await until('all of it', async () => (await load())?.state === 'done')
  expect(await load()).toMatchObject({ sent: count, confirmed: count, failed: 0 })
})
