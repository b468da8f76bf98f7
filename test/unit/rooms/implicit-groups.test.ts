import { expect, it } from 'vitest'
import { scriptRooms } from './scripted-rooms.ts'

it('without a group of their own, the consumers of a queue share one and those of a fan-out get one each', async () => {
  const { rooms, drivers } = await scriptRooms()
  const { room } = await rooms.create('den')
  await room.awake()
  const join = (destination: string, name: string, group?: string) =>
    room.addConsumer({ system: 'kafka', destination, name, ...(group === undefined ? {} : { group }) })
  const groupsIn = async (mode: 'queue' | 'fanout', name: string) => {
    await room.addDestination({ system: 'kafka', mode, name })
    return [await join(name, 'a'), await join(name, 'b')].map(({ group }) => group)
  }
  expect(await groupsIn('queue', 'orders')).toEqual(['orders.workers', 'orders.workers'])
  expect(await groupsIn('fanout', 'alerts')).toEqual(['alerts.a', 'alerts.b'])
  expect(drivers.kafka.attached.slice(-4).map(({ spec }) => spec.group)).toEqual([
    'sb.den.orders.workers',
    'sb.den.orders.workers',
    'sb.den.alerts.a',
    'sb.den.alerts.b',
  ])
  await expect(join('orders', 'c', 'mine')).rejects.toMatchObject({ code: 'not-capable' })
})
