import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/protocol/errors.ts'
import { of, type ScriptedRooms, scriptRooms } from './scripted-rooms.ts'

const WORKER = 'rabbitmq:jobs:clerk'
const READS_DEAD = { reads: 'dead-letters' }

async function deskWithClerk(settings = {}): Promise<ScriptedRooms> {
  const scripted = await scriptRooms()
  const at = { system: 'rabbitmq', destination: 'jobs' }
  await scripted.lobby.addDestination({
    system: 'rabbitmq',
    mode: 'queue',
    name: 'jobs',
    settings: { deadLetters: true },
  })
  await scripted.lobby.addConsumer({ ...at, name: 'clerk', settings })
  return scripted
}
const clerkOf = ({ lobby }: ScriptedRooms) => lobby.snapshot().consumers.find(({ id }) => id === WORKER)

describe('what a consumer reads', () => {
  it('gives it its role, also when it is changed later, and takes it away again', async () => {
    const scripted = await deskWithClerk()
    expect(clerkOf(scripted)).not.toHaveProperty('role')
    expect((await scripted.lobby.updateConsumer(WORKER, READS_DEAD)).role).toBe('dead-letters')
    expect(clerkOf(scripted)).toMatchObject({ role: 'dead-letters', state: 'attached' })
    await scripted.lobby.updateConsumer(WORKER, { reads: 'queue' })
    expect(clerkOf(scripted)).not.toHaveProperty('role')
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
    const scripted = await deskWithClerk()
    const { lobby, drivers } = scripted
    drivers.rabbitmq.script.attach = async ({ settings }) => {
      if (settings.reads === 'dead-letters') throw new AppError('broker-refused', 'no dead letters')
    }
    await expect(lobby.updateConsumer(WORKER, READS_DEAD)).rejects.toMatchObject({ code: 'broker-refused' })
    expect(clerkOf(scripted)).toMatchObject({ state: 'attached', settings: { reads: 'queue' } })
    expect(clerkOf(scripted)).not.toHaveProperty('role')
    expect(drivers.rabbitmq.consumer('clerk').settings).toMatchObject({ reads: 'queue' })
  })

  it('of a crashed one is told at once and holds when it starts again', async () => {
    const scripted = await deskWithClerk(READS_DEAD)
    const { lobby, drivers } = scripted
    await lobby.commandConsumer(WORKER, 'crash')
    await lobby.updateConsumer(WORKER, { reads: 'queue' })
    expect(clerkOf(scripted)).toMatchObject({ state: 'crashed' })
    expect(clerkOf(scripted)).not.toHaveProperty('role')
    await lobby.commandConsumer(WORKER, 'start')
    expect(drivers.rabbitmq.consumer('clerk').settings).toMatchObject({ reads: 'queue' })
  })

  it('other settings change without leaving', async () => {
    const { lobby, drivers } = await deskWithClerk(READS_DEAD)
    await lobby.updateConsumer(WORKER, { prefetch: 1 })
    expect(drivers.rabbitmq.consumer('clerk').asked).toEqual(['update'])
  })
})
