import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/protocol/errors.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { createScriptedDriver, LOST, UP } from '#test/support/scripted-driver.ts'
import { until } from '#test/support/until.ts'
import { of, type ScriptedRooms, scriptRooms } from './scripted-rooms.ts'

const stateOf = async ({ lobby }: ScriptedRooms, id: string) =>
  (await lobby.snapshot()).consumers.find((one) => one.id === id)
const WORKER = 'rabbitmq:mailbox:worker-1'

describe('consumers', () => {
  it('the lobby has the classic destinations and consumers under bare names', async () => {
    const { lobby, drivers } = await scriptRooms()
    const { destinations, consumers } = await lobby.snapshot()
    expect(destinations.map(({ id, address, state }) => [id, address, state])).toEqual([
      ['rabbitmq:mailbox', 'mailbox', 'declared'],
      ['redis:chatroom', 'chatroom', 'declared'],
      ['kafka:datascience', 'datascience', 'declared'],
    ])
    expect(consumers.map(({ name, group, state }) => [name, group, state])).toEqual([
      ['worker-1', undefined, 'attached'],
      ['worker-2', undefined, 'attached'],
      ['subscriber-1', undefined, 'attached'],
      ['subscriber-2', undefined, 'attached'],
      ['reader-1', 'analytics', 'attached'],
      ['reader-2', 'analytics', 'attached'],
      ['reader-3', 'audit', 'attached'],
    ])
    expect(drivers.kafka.attached.map(({ spec }) => spec.group)).toEqual(['analytics', 'analytics', 'audit'])
    expect(drivers.rabbitmq.declared).toMatchObject([
      { address: 'mailbox', mode: 'queue', settings: { type: 'classic', durable: false }, owned: false },
    ])
  })

  it('is added once attached, emitted as attaching and attached, and joins the group used first', async () => {
    const { lobby, events, drivers } = await scriptRooms()
    const added = await lobby.addConsumer({ system: 'kafka', name: 'reader-9' })
    expect(added).toMatchObject({ id: 'kafka:datascience:reader-9', group: 'analytics', state: 'attached' })
    expect(added.settings).toMatchObject({ from: 'latest' })
    const emitted = of(events, 'consumer').filter(({ consumer }) => consumer === 'reader-9')
    expect(emitted.map(({ now }) => now.state)).toEqual(['attaching', 'attached'])
    expect(drivers.kafka.consumer('reader-9').spec.settings).toEqual(added.settings)
  })

  it('is not in the room when its broker refuses it', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    drivers.redis.script.attach = async () => Promise.reject(new AppError('broker-refused', 'no'))
    await expect(lobby.addConsumer({ system: 'redis', name: 's9' })).rejects.toMatchObject({
      code: 'broker-refused',
    })
    expect((await lobby.snapshot()).consumers.some(({ name }) => name === 's9')).toBe(false)
    expect(of(events, 'consumer').at(-1)?.now).toMatchObject({ name: 's9', state: 'detached', removed: true })
  })

  it('cannot be added while its broker is away, nor under a taken name, nor with a group where there are none', async () => {
    const { lobby, drivers } = await scriptRooms()
    const add = (system: string, name: string, group?: string) => lobby.addConsumer({ system, name, group })
    await expect(add('redis', 'subscriber-1')).rejects.toMatchObject({ code: 'name-taken' })
    await expect(add('redis', 's9', 'g')).rejects.toMatchObject({ code: 'not-capable' })
    drivers.redis.setStatus(LOST)
    await expect(add('redis', 's9')).rejects.toMatchObject({
      code: 'broker-down',
      retryAfterMs: expect.any(Number),
    })
    const bad = { system: 'rabbitmq', name: 'w9', settings: { prefetch: 'many' } }
    await expect(lobby.addConsumer(bad)).rejects.toMatchObject({ code: 'invalid' })
  })

  it('pauses, resumes, crashes and starts again, each from the right state only', async () => {
    const scripted = await scriptRooms()
    const { lobby, drivers } = scripted
    await lobby.commandConsumer(WORKER, 'pause')
    await expect(lobby.commandConsumer(WORKER, 'pause')).rejects.toMatchObject({ code: 'wrong-state' })
    await lobby.commandConsumer(WORKER, 'resume')
    await expect(lobby.commandConsumer(WORKER, 'start')).rejects.toMatchObject({ code: 'wrong-state' })
    expect((await lobby.commandConsumer(WORKER, 'crash')).state).toBe('crashed')
    expect(drivers.rabbitmq.consumer('worker-1').asked).toEqual(['pause', 'resume', 'crash'])
    await expect(lobby.commandConsumer(WORKER, 'resume')).rejects.toMatchObject({ code: 'wrong-state' })
    expect((await lobby.commandConsumer(WORKER, 'start')).state).toBe('attached')
    expect(drivers.rabbitmq.attached.filter(({ spec }) => spec.name === 'worker-1')).toHaveLength(2)
  })

  it('commands run one after another, however many are sent at once', async () => {
    const { lobby, drivers } = await scriptRooms()
    const asked = ['pause', 'resume', 'crash', 'start', 'pause'] as const
    const done = await Promise.all(asked.map((command) => lobby.commandConsumer(WORKER, command)))
    expect(done.at(-1)?.state).toBe('paused')
    const all = drivers.rabbitmq.attached
      .filter(({ spec }) => spec.name === 'worker-1')
      .map((one) => one.asked)
    expect(all).toEqual([['pause', 'resume', 'crash'], ['pause']])
  })

  it('a crash that the broker notices later shows when, and is still a crash afterwards', async () => {
    const scripted = await scriptRooms()
    const { lobby, drivers } = scripted
    const id = 'kafka:datascience:reader-1'
    await lobby.commandConsumer(id, 'crash')
    const crashed = drivers.kafka.consumer('reader-1')
    crashed.emit({ type: 'state', state: 'crashed', evictedAt: 123, at: 1 })
    expect(await stateOf(scripted, id)).toMatchObject({ state: 'crashed', evictedAt: 123 })
    crashed.emit({ type: 'state', state: 'detached', reason: 'evicted', at: 2 })
    expect(await stateOf(scripted, id)).toMatchObject({ state: 'crashed', reason: 'evicted' })
    expect((await stateOf(scripted, id))?.evictedAt).toBeUndefined()
  })

  it('an outage is emitted as the driver reports it, and a pause holds after it', async () => {
    const scripted = await scriptRooms()
    const { lobby, drivers } = scripted
    await lobby.commandConsumer(WORKER, 'pause')
    const seen = drivers.rabbitmq.consumer('worker-1')
    seen.emit({ type: 'state', state: 'attaching', reason: 'lost', at: 1 })
    expect(await stateOf(scripted, WORKER)).toMatchObject({ state: 'attaching', reason: 'lost' })
    seen.emit({ type: 'state', state: 'attached', at: 2 })
    await until('the pause', async () => (await stateOf(scripted, WORKER))?.state === 'paused')
    expect(seen.asked).toEqual(['pause', 'pause'])
  })

  it('shows as paused only once it is: not while the driver still pauses it after an outage, nor when that fails', async () => {
    const scripted = await scriptRooms()
    const { lobby, drivers, events } = scripted
    await lobby.commandConsumer(WORKER, 'pause')
    const seen = drivers.rabbitmq.consumer('worker-1')
    const pause = createDeferred<void>()
    drivers.rabbitmq.script.pause = () => pause.promise
    seen.emit({ type: 'state', state: 'attaching', reason: 'lost', at: 1 })
    seen.emit({ type: 'state', state: 'attached', at: 2 })
    await until('the pause being asked for', () => seen.asked.length === 2)
    expect(await stateOf(scripted, WORKER)).toMatchObject({ state: 'attached' })
    pause.resolve()
    await until('the pause', async () => (await stateOf(scripted, WORKER))?.state === 'paused')
    drivers.rabbitmq.script.pause = async () => Promise.reject(new Error('no'))
    seen.emit({ type: 'state', state: 'attaching', reason: 'lost', at: 3 })
    seen.emit({ type: 'state', state: 'attached', at: 4 })
    await until('the fault', () => of(events, 'fault').some(({ code }) => code === 'pause-failed'))
    expect(await stateOf(scripted, WORKER)).toMatchObject({ state: 'attached' })
  })

  it('shows as paused only once it is: not while it attaches with a pause', async () => {
    const scripted = await scriptRooms()
    const { lobby, drivers } = scripted
    await lobby.commandConsumer(WORKER, 'pause')
    const pause = createDeferred<void>()
    drivers.rabbitmq.setStatus(LOST)
    const driver = createScriptedDriver('rabbitmq')
    driver.script.pause = () => pause.promise
    scripted.slots.attachDriver('rabbitmq', driver)
    await until('the pause being asked for', () =>
      driver.attached.some(({ spec, asked }) => spec.name === 'worker-1' && asked.includes('pause')),
    )
    expect(await stateOf(scripted, WORKER)).toMatchObject({ state: 'attaching' })
    pause.resolve()
    await until('the pause', async () => (await stateOf(scripted, WORKER))?.state === 'paused')
  })

  it('attaches when its broker comes up, and shows until then what it waits for', async () => {
    const scripted = await scriptRooms({ status: LOST })
    expect(await stateOf(scripted, WORKER)).toMatchObject({ state: 'attaching', reason: 'broker-down' })
    scripted.drivers.rabbitmq.setStatus(UP)
    await until('attached', async () => (await stateOf(scripted, WORKER))?.state === 'attached')
    expect(scripted.drivers.rabbitmq.attached).toHaveLength(2)
  })

  it('a refused attach is one fault and is tried again', async () => {
    const scripted = await scriptRooms({ asleep: true })
    const { drivers, lobby, events } = scripted
    let refusals = 0
    drivers.redis.script.attach = async ({ name }) => {
      if (name !== 'subscriber-1' || refusals === 2) return
      refusals += 1
      throw new AppError('broker-refused', 'no', { detail: { reason: 'ERR max clients' } })
    }
    await lobby.awake()
    const id = 'redis:chatroom:subscriber-1'
    expect(await stateOf(scripted, id)).toMatchObject({ state: 'attaching', reason: 'ERR max clients' })
    await until('attached', async () => (await stateOf(scripted, id))?.state === 'attached')
    expect(of(events, 'fault').map(({ code, text }) => [code, text])).toEqual([
      ['attach-failed', 'ERR max clients'],
    ])
  })

  it('settings are checked, defaulted and handed to the driver; a refusal changes nothing', async () => {
    const scripted = await scriptRooms()
    const { lobby, drivers } = scripted
    expect((await lobby.updateConsumer(WORKER, { prefetch: 1 })).settings).toMatchObject({ prefetch: 1 })
    expect(drivers.rabbitmq.consumer('worker-1').settings).toMatchObject({ prefetch: 1 })
    await expect(lobby.updateConsumer(WORKER, { prefetch: -1 })).rejects.toMatchObject({ code: 'invalid' })
    drivers.kafka.script.update = async () =>
      Promise.reject(new AppError('not-capable', 'only when it starts'))
    const changed = lobby.updateConsumer('kafka:datascience:reader-1', { from: 'earliest' })
    await expect(changed).rejects.toMatchObject({ code: 'not-capable' })
    expect((await stateOf(scripted, 'kafka:datascience:reader-1'))?.settings).toMatchObject({
      from: 'latest',
    })
  })

  it('leaves when removed, for good; unknown ones are not found', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    await lobby.removeConsumer(WORKER)
    expect(drivers.rabbitmq.consumer('worker-1').asked).toEqual(['leave'])
    expect(of(events, 'consumer').at(-1)?.now).toMatchObject({ id: WORKER, removed: true })
    await expect(lobby.removeConsumer(WORKER)).rejects.toMatchObject({ code: 'consumer-not-found' })
    await expect(lobby.commandConsumer('x', 'pause')).rejects.toMatchObject({ code: 'consumer-not-found' })
  })

  it('events of a former attachment are ignored', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    const former = drivers.rabbitmq.consumer('worker-1')
    await lobby.commandConsumer(WORKER, 'crash')
    await lobby.commandConsumer(WORKER, 'start')
    const emitted = events.length
    former.deliver()
    former.emit({ type: 'state', state: 'detached', at: 1 })
    expect(events).toHaveLength(emitted)
  })
})

describe('sleep and wake', () => {
  it('a room that nobody has opened attaches no consumers, but declares its destinations', async () => {
    const { lobby, drivers } = await scriptRooms({ asleep: true })
    await until('declared', async () =>
      (await lobby.snapshot()).destinations.every(({ state }) => state === 'declared'),
    )
    expect(Object.values(drivers).flatMap(({ attached }) => attached)).toEqual([])
    expect(
      (await lobby.snapshot()).consumers.every(
        ({ state, reason }) => state === 'detached' && reason === 'asleep',
      ),
    ).toBe(true)
  })

  it('lets its consumers leave when no request names it for the idle time, and attaches them again when one does', async () => {
    const scripted = await scriptRooms({ idleMs: 40 })
    const { lobby, drivers } = scripted
    await lobby.commandConsumer(WORKER, 'pause')
    await lobby.commandConsumer('redis:chatroom:subscriber-1', 'crash')
    await until('asleep', async () => (await stateOf(scripted, WORKER))?.state === 'detached')
    expect((await stateOf(scripted, WORKER))?.reason).toBe('asleep')
    expect(drivers.rabbitmq.consumer('worker-1').asked).toEqual(['pause', 'leave'])
    const stopWatching = await lobby.watch()
    await until('awake', async () => (await stateOf(scripted, WORKER))?.state === 'paused')
    expect(drivers.rabbitmq.consumer('worker-1').asked).toEqual(['pause'])
    expect((await stateOf(scripted, 'redis:chatroom:subscriber-1'))?.state).toBe('crashed')
    stopWatching()
  })

  it('stays awake as long as anybody watches, and while a load runs', async () => {
    const scripted = await scriptRooms({ idleMs: 20, asleep: true })
    const { lobby, drivers } = scripted
    const first = await lobby.watch()
    const second = await lobby.watch()
    await lobby.awake()
    first()
    first()
    const left = () => drivers.rabbitmq.consumer('worker-1').asked.includes('leave')
    await expect(until('leaving', left, { timeoutMs: 150 })).rejects.toThrow('waited')
    await lobby.startLoad({ system: 'redis', rate: 1, count: 5, size: 3 })
    second()
    await expect(until('leaving', left, { timeoutMs: 150 })).rejects.toThrow('waited')
    await lobby.stopLoad()
    await until('leaving', left)
  })

  it('a room that is woken while it falls asleep ends up awake', async () => {
    const scripted = await scriptRooms({ idleMs: 30 })
    const { lobby, drivers } = scripted
    const gone = createDeferred<void>()
    drivers.rabbitmq.script.attach = () => gone.promise
    await until('asleep', async () => (await stateOf(scripted, WORKER))?.state === 'detached')
    await lobby.touch()
    await until('attaching', async () => (await stateOf(scripted, WORKER))?.state === 'attaching')
    await until(
      'falling asleep again',
      async () => (await stateOf(scripted, 'redis:chatroom:subscriber-1'))?.state === 'detached',
    )
    const stop = await lobby.watch()
    gone.resolve()
    await until('attached', async () => (await stateOf(scripted, WORKER))?.state === 'attached')
    await lobby.awake()
    expect((await lobby.snapshot()).consumers.every(({ state }) => state === 'attached')).toBe(true)
    stop()
  })

  it('a command to a sleeping room wakes it first', async () => {
    const scripted = await scriptRooms({ asleep: true })
    expect((await scripted.lobby.commandConsumer(WORKER, 'pause')).state).toBe('paused')
  })
})
