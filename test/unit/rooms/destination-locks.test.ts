import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/protocol/errors.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { LOST, UP } from '#test/support/scripted-driver.ts'
import { until } from '#test/support/until.ts'
import { of, scriptRooms } from './scripted-rooms.ts'

const orders = { system: 'rabbitmq', mode: 'queue', name: 'orders' } as const
const ID = 'rabbitmq:orders'

describe('one queue per destination', () => {
  it('a removal asked for while a destination is being added waits, and then removes what was made', async () => {
    const { lobby, drivers } = await scriptRooms()
    const made = createDeferred<{ traits: string[]; existed: boolean }>()
    drivers.rabbitmq.script.declare = () => made.promise
    const adding = lobby.addDestination(orders)
    await until('the declaring', () => drivers.rabbitmq.declared.some(({ address }) => address === 'orders'))
    const removing = lobby.removeDestination(ID)
    await Promise.resolve()
    expect(drivers.rabbitmq.removed).toEqual([])
    made.resolve({ traits: [], existed: false })
    expect(await adding).toMatchObject({ state: 'declared' })
    await removing
    expect(drivers.rabbitmq.removed).toEqual(['orders'])
    expect((await lobby.snapshot()).destinations.map(({ name }) => name)).not.toContain('orders')
  })

  it('of two removals asked for at once, the second one finds nothing to remove', async () => {
    const { lobby, drivers } = await scriptRooms()
    await lobby.addDestination(orders)
    const results = await Promise.allSettled([lobby.removeDestination(ID), lobby.removeDestination(ID)])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(results[1]).toMatchObject({ reason: { code: 'destination-not-found' } })
    expect(drivers.rabbitmq.removed).toEqual(['orders'])
  })

  it('changes asked for at once are made one after another, and none takes another back', async () => {
    const { lobby, drivers } = await scriptRooms()
    await lobby.addDestination({ system: 'kafka', mode: 'log', name: 'feed', settings: { partitions: 1 } })
    await Promise.all([
      lobby.updateDestination('feed', { partitions: 2 }),
      lobby.updateDestination('feed', { retentionMinutes: 5 }),
    ])
    expect(drivers.kafka.altered).toEqual([['partitions'], ['retentionMinutes']])
    expect(drivers.kafka.declared.at(-1)?.settings).toMatchObject({ partitions: 2, retentionMinutes: 5 })
  })

  it('no consumer can be added to a destination that is being removed', async () => {
    const { lobby, drivers } = await scriptRooms()
    await lobby.addDestination(orders)
    const gone = createDeferred<void>()
    drivers.rabbitmq.script.remove = () => gone.promise
    const removing = lobby.removeDestination(ID)
    await until('the removal being asked for', async () => {
      const adding = lobby.addConsumer({ system: 'rabbitmq', destination: 'orders', name: 'late' })
      return adding.then(
        () => false,
        (error: unknown) => error instanceof AppError && error.code === 'destination-not-found',
      )
    })
    gone.resolve()
    await removing
  })
})

describe('a destination is forgotten once its broker has forgotten it', () => {
  it('while the broker is away, a removal fails and its consumers stay as they were', async () => {
    const { lobby, drivers } = await scriptRooms()
    await lobby.addDestination(orders)
    await lobby.addConsumer({ system: 'rabbitmq', destination: 'orders', name: 'clerk' })
    drivers.rabbitmq.setStatus(LOST)
    await expect(lobby.removeDestination(ID)).rejects.toMatchObject({ code: 'broker-down' })
    const { destinations, consumers } = await lobby.snapshot()
    expect(destinations.map(({ name }) => name)).toContain('orders')
    expect(consumers.find(({ name }) => name === 'clerk')).toMatchObject({ destination: 'orders' })
    expect(drivers.rabbitmq.consumer('clerk').asked).toEqual([])
  })

  it('when the broker refuses a removal, its consumers come back, and can be added', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    await lobby.addDestination(orders)
    await lobby.addConsumer({ system: 'rabbitmq', destination: 'orders', name: 'clerk' })
    drivers.rabbitmq.script.remove = async () => Promise.reject(new AppError('broker-refused', 'no'))
    await expect(lobby.removeDestination(ID)).rejects.toMatchObject({ code: 'broker-refused' })
    await until('the clerk to be back', async () =>
      (await lobby.snapshot()).consumers.some(({ name, state }) => name === 'clerk' && state === 'attached'),
    )
    const attachments = drivers.rabbitmq.attached.filter(({ spec }) => spec.name === 'clerk')
    expect(attachments.map(({ asked }) => asked)).toEqual([['leave'], []])
    expect(of(events, 'consumer').some(({ now }) => now.removed)).toBe(false)
    await lobby.addConsumer({ system: 'rabbitmq', destination: 'orders', name: 'second' })
  })

  it('a room removed while its broker is away leaves a removal that is made when the broker is back, and again after a refusal', async () => {
    const { rooms, drivers } = await scriptRooms()
    await rooms.create('den')
    drivers.rabbitmq.setStatus(LOST)
    await rooms.remove('den')
    let refusals = 0
    drivers.rabbitmq.script.remove = async () => {
      refusals += 1
      if (refusals === 1) throw new AppError('broker-refused', 'not now')
    }
    drivers.rabbitmq.setStatus(UP)
    await until('the removal', () => drivers.rabbitmq.removed.length > 0)
    expect(drivers.rabbitmq.removed).toEqual(['sb.den.mailbox'])
    expect(refusals).toBe(2)
  })

  it('a room made again under the old name keeps its own destinations, and what only the old one had goes', async () => {
    const { rooms, drivers } = await scriptRooms()
    const { room } = await rooms.create('den')
    await room.addDestination(orders)
    drivers.rabbitmq.setStatus(LOST)
    await rooms.remove('den')
    const again = await rooms.create('den')
    drivers.rabbitmq.setStatus(UP)
    await until('the removal', () => drivers.rabbitmq.removed.length > 0)
    await again.room.awake()
    expect(drivers.rabbitmq.removed).toEqual(['sb.den.orders'])
  })

  it('what a failed addition may have left on the broker is removed, and it is not in the room', async () => {
    const { lobby, drivers } = await scriptRooms()
    drivers.rabbitmq.script.declare = async () => Promise.reject(new AppError('broker-timeout', 'late'))
    await expect(lobby.addDestination(orders)).rejects.toMatchObject({ code: 'broker-timeout' })
    expect((await lobby.snapshot()).destinations.map(({ name }) => name)).not.toContain('orders')
    await until('the removal', () => drivers.rabbitmq.removed.length > 0)
    expect(drivers.rabbitmq.removed).toEqual(['orders'])
  })

  it('one that is added again under the name of a failed addition is not removed with that', async () => {
    const { lobby, drivers } = await scriptRooms()
    const { declare } = drivers.rabbitmq.script
    drivers.rabbitmq.script.declare = async () => Promise.reject(new AppError('broker-timeout', 'late'))
    await expect(lobby.addDestination(orders)).rejects.toMatchObject({ code: 'broker-timeout' })
    await expect(lobby.addDestination({ ...orders, name: 'other' })).rejects.toMatchObject({
      code: 'broker-timeout',
    })
    drivers.rabbitmq.script.declare = declare
    await lobby.addDestination(orders)
    await until('the other removal', () => drivers.rabbitmq.removed.length > 0)
    expect(drivers.rabbitmq.removed).toEqual(['other'])
  })

  it('what two rooms have is left on the broker, and known to its driver, until the last of them removes it', async () => {
    const { rooms, lobby, drivers } = await scriptRooms()
    await lobby.addDestination(orders)
    for (const name of ['den', 'nook']) {
      const { room } = await rooms.create(name)
      await room.addDestination({ ...orders, name: 'theirs', address: 'orders' })
    }
    await rooms.remove('den')
    await lobby.removeDestination('orders')
    expect(drivers.rabbitmq.removed).not.toContain('orders')
    await (await rooms.get('nook')).removeDestination('theirs')
    expect(drivers.rabbitmq.removed).toContain('orders')
  })
})
