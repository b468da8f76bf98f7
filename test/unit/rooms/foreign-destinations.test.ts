import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { until } from '#test/support/until.ts'
import { of, scriptRooms } from './scripted-rooms.ts'

const feed = { system: 'kafka', mode: 'log', name: 'feed', settings: { partitions: 3 } } as const

async function withForeignTopic() {
  const scripted = await scriptRooms()
  scripted.drivers.kafka.script.declare = async () => {
    const settings = { partitions: 1, cleanup: 'compact', retentionMinutes: 0 }
    return { traits: ['compacted'], existed: true, settings }
  }
  const added = await scripted.lobby.addDestination(feed)
  return { ...scripted, added }
}

describe('a destination that was on the broker before', () => {
  it('says so, and shows the broker’s own values instead of those asked for', async () => {
    const { added } = await withForeignTopic()
    expect(added).toMatchObject({
      existed: true,
      settings: { partitions: 1, cleanup: 'compact', acks: 'all' },
    })
  })

  it('is changed only when a person confirms it, and then only in what was named', async () => {
    const { lobby, drivers } = await withForeignTopic()
    await expect(lobby.updateDestination('feed', { retentionMinutes: 5 })).rejects.toMatchObject({
      code: 'existed-before',
      detail: { name: 'feed', settings: 'retentionMinutes' },
    })
    expect(drivers.kafka.altered).toEqual([])
    await lobby.updateDestination('feed', { retentionMinutes: 5 }, true)
    expect(drivers.kafka.altered).toEqual([['retentionMinutes']])
  })

  it('takes no question for what changes only our own use of it, or nothing', async () => {
    const { lobby, drivers } = await withForeignTopic()
    await lobby.updateDestination('feed', { acks: '1', idempotent: false, partitions: 1 })
    expect(drivers.kafka.altered).toEqual([['acks', 'idempotent', 'partitions']])
  })

  it('in a room with names of its own takes no question', async () => {
    const { rooms, drivers } = await scriptRooms()
    drivers.kafka.script.declare = async () => ({ traits: [], existed: true })
    const { room } = await rooms.create('den')
    expect(await room.addDestination(feed)).not.toHaveProperty('existed')
    await room.updateDestination('feed', { retentionMinutes: 5 })
    expect(drivers.kafka.declared.at(-1)).toMatchObject({ shared: false })
  })
})

describe('names that a broker keeps for itself', () => {
  it.each([
    ['kafka', 'log', '__consumer_offsets'],
    ['kafka', 'log', '__transaction_state'],
    ['rabbitmq', 'fanout', 'amq.topic'],
    ['rabbitmq', 'queue', 'amq.gen-1'],
    ['redis', 'fanout', '__keyevent'],
  ] as const)('are no destinations: %s %s %s', async (system, mode, name) => {
    const { lobby, drivers } = await scriptRooms()
    const adding = lobby.addDestination({ system, mode, name })
    await expect(adding).rejects.toMatchObject({ code: 'invalid', detail: { field: 'name' } })
    expect(drivers[system].declared.map(({ address }) => address)).not.toContain(name)
  })
})

describe('a destination that somebody deleted on the broker', () => {
  const missing = () => Promise.reject(new AppError('destination-not-found', 'there is no topic "feed"'))
  const stateOf = async (lobby: {
    snapshot(): Promise<{ destinations: { name: string; state: string }[] }>
  }) => (await lobby.snapshot()).destinations.find(({ name }) => name === 'feed')?.state

  it('is gone, its consumers wait without trying, and it comes back with them when it is declared again', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    const { kafka } = drivers
    await lobby.addDestination(feed)
    await lobby.addConsumer({ system: 'kafka', destination: 'feed', name: 'clerk' })
    const { facts } = kafka.script
    let asked = 0
    kafka.script.facts = (address) => {
      if (address !== 'feed') return facts(address)
      asked += 1
      return missing()
    }
    await until('it to be gone', async () => (await stateOf(lobby)) === 'gone')
    await until('the clerk to wait', () => kafka.consumer('clerk').asked.includes('leave'))
    const [declarations, before] = [kafka.declared.length, asked]
    await until('further answers', () => asked >= before + 3)
    expect(kafka.attached.filter(({ spec }) => spec.name === 'clerk')).toHaveLength(1)
    expect(kafka.declared).toHaveLength(declarations)
    expect(of(events, 'fault').map(({ code }) => code)).toEqual(['destination-gone'])
    kafka.script.facts = facts
    expect(await lobby.declareDestination('feed')).toMatchObject({ state: 'declared' })
    await until('the clerk to be back', async () =>
      (await lobby.snapshot()).consumers.some(({ name, state }) => name === 'clerk' && state === 'attached'),
    )
  })

  it('comes back by itself, with its consumers, once another program made it again: then it existed before', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    const { kafka } = drivers
    await lobby.addDestination(feed)
    await lobby.addConsumer({ system: 'kafka', destination: 'feed', name: 'clerk' })
    const { facts } = kafka.script
    kafka.script.facts = (address) => (address === 'feed' ? missing() : facts(address))
    await until('it to be gone', async () => (await stateOf(lobby)) === 'gone')
    kafka.script.declare = async () => ({ traits: ['theirs'], existed: true })
    kafka.script.facts = facts
    await until('it to be back', async () => (await stateOf(lobby)) === 'declared')
    expect(of(events, 'destination').at(-1)?.now).toMatchObject({ name: 'feed', existed: true })
    await until('the clerk to be back', async () =>
      (await lobby.snapshot()).consumers.some(({ name, state }) => name === 'clerk' && state === 'attached'),
    )
    const specs = kafka.attached.flatMap(({ spec }) => (spec.name === 'clerk' ? [spec.madeAgain] : []))
    expect(specs, 'nothing of the new one was ever had').toEqual([undefined, true])
  })

  it('was there again before anybody saw it gone: a consumer that its driver gave up comes back, once', async () => {
    const { lobby, drivers } = await scriptRooms()
    const { kafka } = drivers
    await lobby.addDestination(feed)
    await lobby.addConsumer({ system: 'kafka', destination: 'feed', name: 'clerk' })
    const reason = 'the topic "feed" was deleted'
    kafka.consumer('clerk').emit({ type: 'state', state: 'detached', reason, at: now() })
    await until('the clerk to be back', async () =>
      (await lobby.snapshot()).consumers.some(({ name, state }) => name === 'clerk' && state === 'attached'),
    )
    const specs = kafka.attached.flatMap(({ spec }) => (spec.name === 'clerk' ? [spec.madeAgain] : []))
    expect(specs).toEqual([undefined, true])
  })

  it('comes back by itself where it is one of the lobby’s own', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    const { kafka } = drivers
    const before = kafka.declared.length
    const { facts } = kafka.script
    kafka.script.facts = missing
    await until('it to be declared again', () => {
      if (kafka.declared.length === before) return false
      kafka.script.facts = facts
      return true
    })
    const states = () =>
      of(events, 'destination').flatMap(({ now }) => (now?.name === 'datascience' ? [now.state] : []))
    await until('it to be there', () => states().at(-1) === 'declared')
    expect(states()).toContain('gone')
    await until('its readers', async () => {
      const { consumers } = await lobby.snapshot()
      return consumers.filter(({ system, state }) => system === 'kafka' && state === 'attached').length === 3
    })
  })

  it('one answer that there is no such destination does not count: a broker that has just started may not know yet', async () => {
    const { lobby, drivers } = await scriptRooms()
    await lobby.addDestination(feed)
    const { facts } = drivers.kafka.script
    let asked = 0
    drivers.kafka.script.facts = (address) => {
      if (address !== 'feed') return facts(address)
      asked += 1
      return asked === 1 ? missing() : facts(address)
    }
    await until('further answers', () => asked >= 4)
    expect(await stateOf(lobby)).toBe('declared')
  })
})

it('a destination that another program changed is shown as its broker has it now', async () => {
  const { lobby, drivers } = await scriptRooms()
  await lobby.addDestination(feed)
  drivers.kafka.describe = async () => ({ traits: ['4 partitions'], settings: { partitions: 4 } })
  await until('the change', async () => {
    const { destinations } = await lobby.snapshot()
    const found = destinations.find(({ name }) => name === 'feed')
    return found?.settings['partitions'] === 4 && found.traits[0] === '4 partitions'
  })
})
