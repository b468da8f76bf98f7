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
const clerkOf = async ({ lobby }: ScriptedRooms) =>
  (await lobby.snapshot()).consumers.find(({ id }) => id === WORKER)

describe('the setting that says what a consumer reads', () => {
  it('gives the consumer its role, also when it is changed later, and takes it away again', async () => {
    const scripted = await deskWithClerk()
    expect(await clerkOf(scripted)).not.toHaveProperty('role')
    expect((await scripted.lobby.updateConsumer(WORKER, READS_DEAD)).role).toBe('dead-letters')
    expect(await clerkOf(scripted)).toMatchObject({ role: 'dead-letters', state: 'attached' })
    await scripted.lobby.updateConsumer(WORKER, { reads: 'queue' })
    expect(await clerkOf(scripted)).not.toHaveProperty('role')
  })

  it('changes between leaving and attaching, so that each delivery is emitted in the role in which it came', async () => {
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
    const emitted = of(events, 'consumer').filter(({ consumer }) => consumer === 'clerk')
    expect(emitted.slice(-3).map(({ now }) => [now.state, now.role])).toEqual([
      ['attached', 'dead-letters'],
      ['attaching', 'dead-letters'],
      ['attached', 'dead-letters'],
    ])
  })

  it('stays as it was, with its role, where the broker refuses', async () => {
    const scripted = await deskWithClerk()
    const { lobby, drivers } = scripted
    drivers.rabbitmq.script.attach = async ({ settings }) => {
      if (settings.reads === 'dead-letters') throw new AppError('broker-refused', 'no dead letters')
    }
    await expect(lobby.updateConsumer(WORKER, READS_DEAD)).rejects.toMatchObject({ code: 'broker-refused' })
    expect(await clerkOf(scripted)).toMatchObject({ state: 'attached', settings: { reads: 'queue' } })
    expect(await clerkOf(scripted)).not.toHaveProperty('role')
    expect(drivers.rabbitmq.consumer('clerk').settings).toMatchObject({ reads: 'queue' })
  })

  it('is emitted at once for a crashed consumer, and holds when it starts again', async () => {
    const scripted = await deskWithClerk(READS_DEAD)
    const { lobby, drivers } = scripted
    await lobby.commandConsumer(WORKER, 'crash')
    await lobby.updateConsumer(WORKER, { reads: 'queue' })
    expect(await clerkOf(scripted)).toMatchObject({ state: 'crashed' })
    expect(await clerkOf(scripted)).not.toHaveProperty('role')
    await lobby.commandConsumer(WORKER, 'start')
    expect(drivers.rabbitmq.consumer('clerk').settings).toMatchObject({ reads: 'queue' })
  })

  it('does not make the consumer leave when other settings change', async () => {
    const { lobby, drivers } = await deskWithClerk(READS_DEAD)
    await lobby.updateConsumer(WORKER, { prefetch: 1 })
    expect(drivers.rabbitmq.consumer('clerk').asked).toEqual(['update'])
  })
})
