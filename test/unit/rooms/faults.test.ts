import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/protocol/errors.ts'
import { roomEventSchema } from '#lib/protocol/events.ts'
import type { BrokerFaults } from '#lib/protocol/faults.ts'
import { of, type ScriptedRooms, scriptRooms } from './scripted-rooms.ts'

const WORKER = 'rabbitmq:mailbox:worker-1'
const SLOW = { kind: 'slow', latencyMs: 200, jitterMs: 50 } as const

const consumer = async ({ lobby }: ScriptedRooms, id = WORKER) =>
  (await lobby.snapshot()).consumers.find((one) => one.id === id)
const marks = ({ events }: ScriptedRooms) => of(events, 'fault').flatMap(({ made }) => made ?? [])

describe('a fault on a consumer’s line', () => {
  it('makes it attach again, once, through a route of its own; the others keep theirs', async () => {
    const scripted = await scriptRooms()
    const { lobby, drivers } = scripted
    const before = drivers.rabbitmq.attached.length
    expect(drivers.rabbitmq.attached.every(({ spec }) => spec.route === undefined)).toBe(true)
    await lobby.faultConsumer(WORKER, SLOW, 'Ada')
    expect(drivers.rabbitmq.attached.length).toBe(before + 1)
    expect(drivers.rabbitmq.consumer('worker-1').spec.route).toBeDefined()
    expect(drivers.rabbitmq.consumer('worker-2').spec.route).toBeUndefined()
    expect(await consumer(scripted)).toMatchObject({ state: 'attached', fault: SLOW })
  })

  it('marks its beginning and its end in the room’s stream, with who made it', async () => {
    const scripted = await scriptRooms()
    await scripted.lobby.faultConsumer(WORKER, SLOW, 'Ada')
    await scripted.lobby.faultConsumer(WORKER, { kind: 'freeze' }, 'Grace')
    await scripted.lobby.faultConsumer(WORKER, { kind: 'none' })
    await scripted.lobby.faultConsumer(WORKER, { kind: 'cut' })
    expect(marks(scripted)).toEqual([
      { what: 'slow', latencyMs: 200, jitterMs: 50, phase: 'begins', by: 'Ada' },
      { what: 'slow', latencyMs: 200, jitterMs: 50, phase: 'ends', by: 'Grace' },
      { what: 'freeze', phase: 'begins', by: 'Grace' },
      { what: 'freeze', phase: 'ends' },
      { what: 'cut', phase: 'once' },
    ])
    for (const event of scripted.events) roomEventSchema.parse(event)
    expect(await consumer(scripted)).not.toHaveProperty('fault')
  })

  it('is refused for one that is not attached, and changes nothing where it cannot attach again', async () => {
    const scripted = await scriptRooms()
    const { lobby, drivers } = scripted
    await lobby.commandConsumer(WORKER, 'crash')
    await expect(lobby.faultConsumer(WORKER, SLOW)).rejects.toMatchObject({ code: 'wrong-state' })
    drivers.rabbitmq.script.attach = async () => Promise.reject(new AppError('broker-timeout', 'late'))
    await expect(lobby.faultConsumer('worker-2', SLOW)).rejects.toMatchObject({ code: 'broker-timeout' })
    expect(marks(scripted)).toEqual([])
    expect(await consumer(scripted, 'rabbitmq:mailbox:worker-2')).not.toHaveProperty('fault')
  })
})

describe('a fault on a broker', () => {
  const set = ({ slots }: ScriptedRooms, faults: BrokerFaults) => slots.setFaults('redis', faults)

  it('is marked in every room when the launcher says that it holds, and when it ends', async () => {
    const scripted = await scriptRooms()
    const { room } = await scripted.rooms.create('den', { scene: 'empty' })
    set(scripted, { may: true })
    set(scripted, { may: true, now: 'paused' })
    set(scripted, { may: true, now: 'killed' })
    set(scripted, { may: false, reason: 'shared' })
    const made = [
      { what: 'pause', phase: 'begins' },
      { what: 'pause', phase: 'ends' },
      { what: 'kill', phase: 'begins' },
      { what: 'kill', phase: 'ends' },
    ]
    expect(marks(scripted)).toEqual(made)
    const { events } = await room.eventsSince({ epoch: scripted.rooms.epoch, seq: 0 }, 1_000)
    expect(of(events, 'fault').map((event) => event.made)).toEqual(made)
    const { brokers } = await scripted.lobby.snapshot()
    expect(brokers.find(({ system }) => system === 'redis')?.faults).toEqual({
      may: false,
      reason: 'shared',
    })
    expect((await scripted.rooms.health()).brokers.redis?.faults).toEqual({ may: false, reason: 'shared' })
  })
})
