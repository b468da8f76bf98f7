import { expect, it } from 'vitest'
import { UP } from '#test/support/scripted-driver.ts'
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
