import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/protocol/errors.ts'
import { createDesk, type Desk, of } from './desk.ts'

const WORKER = 'rabbitmq:jobs:clerk'
const READS_DEAD = { reads: 'dead-letters' }

async function deskWithClerk(settings = {}): Promise<Desk> {
  const desk = await createDesk()
  const at = { system: 'rabbitmq', destination: 'jobs' }
  await desk.lobby.addDestination({
    system: 'rabbitmq',
    mode: 'queue',
    name: 'jobs',
    settings: { deadLetters: true },
  })
  await desk.lobby.addConsumer({ ...at, name: 'clerk', settings })
  return desk
}
const clerkOf = ({ lobby }: Desk) => lobby.snapshot().consumers.find(({ id }) => id === WORKER)

describe('what a consumer reads', () => {
  it('gives it its role, also when it is changed later, and takes it away again', async () => {
    const desk = await deskWithClerk()
    expect(clerkOf(desk)).not.toHaveProperty('role')
    expect((await desk.lobby.updateConsumer(WORKER, READS_DEAD)).role).toBe('dead-letters')
    expect(clerkOf(desk)).toMatchObject({ role: 'dead-letters', state: 'attached' })
    await desk.lobby.updateConsumer(WORKER, { reads: 'queue' })
    expect(clerkOf(desk)).not.toHaveProperty('role')
  })

  it('changes between leaving and joining, so that each arrival is told in the role in which it came', async () => {
    const { lobby, drivers, events } = await deskWithClerk()
    const before = drivers.rabbitmq.consumer('clerk')
    await lobby.updateConsumer(WORKER, READS_DEAD)
    const after = drivers.rabbitmq.consumer('clerk')
    expect(before.asked).toEqual(['leave'])
    expect(after).not.toBe(before)
    expect(after.settings).toMatchObject(READS_DEAD)
    before.deliver()
    after.deliver()
    expect(of(events, 'delivered')).toHaveLength(1)
    const told = of(events, 'consumer').filter(({ consumer }) => consumer === 'clerk')
    expect(told.slice(-3).map(({ now }) => [now.state, now.role])).toEqual([
      ['attached', 'dead-letters'],
      ['attaching', 'dead-letters'],
      ['attached', 'dead-letters'],
    ])
  })

  it('stays what it was, role and all, where the broker refuses', async () => {
    const desk = await deskWithClerk()
    const { lobby, drivers } = desk
    drivers.rabbitmq.script.attach = async ({ settings }) => {
      if (settings.reads === 'dead-letters') throw new AppError('broker-refused', 'no dead letters')
    }
    await expect(lobby.updateConsumer(WORKER, READS_DEAD)).rejects.toMatchObject({ code: 'broker-refused' })
    expect(clerkOf(desk)).toMatchObject({ state: 'attached', settings: { reads: 'queue' } })
    expect(clerkOf(desk)).not.toHaveProperty('role')
    expect(drivers.rabbitmq.consumer('clerk').settings).toMatchObject({ reads: 'queue' })
  })

  it('of a crashed one is told at once and holds when it starts again', async () => {
    const desk = await deskWithClerk(READS_DEAD)
    const { lobby, drivers } = desk
    await lobby.commandConsumer(WORKER, 'crash')
    await lobby.updateConsumer(WORKER, { reads: 'queue' })
    expect(clerkOf(desk)).toMatchObject({ state: 'crashed' })
    expect(clerkOf(desk)).not.toHaveProperty('role')
    await lobby.commandConsumer(WORKER, 'start')
    expect(drivers.rabbitmq.consumer('clerk').settings).toMatchObject({ reads: 'queue' })
  })

  it('other settings change without leaving', async () => {
    const { lobby, drivers } = await deskWithClerk(READS_DEAD)
    await lobby.updateConsumer(WORKER, { prefetch: 1 })
    expect(drivers.rabbitmq.consumer('clerk').asked).toEqual(['update'])
  })
})
