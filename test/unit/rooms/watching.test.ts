import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/protocol/errors.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { fanoutFacts, groupFacts, logFacts } from '#lib/protocol/facts.ts'
import { FACTS_EVERY_MS } from '#lib/rooms/facts-poll.ts'
import { LOST, receiptOf, UP } from '#test/support/scripted-driver.ts'
import { until } from '#test/support/until.ts'
import { of, scriptRooms } from './scripted-rooms.ts'

describe('facts', () => {
  it('are emitted when they change, with bare group names, and again after an outage', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    let end = '1'
    let asked = 0
    drivers.kafka.script.facts = async () => {
      asked += 1
      const group = groupFacts({
        group: 'analytics',
        state: 'Stable',
        members: [],
        committed: [],
        lag: null,
      })
      return logFacts({
        partitions: [{ partition: 0, low: '0', end }],
        groups: [group],
        retentionMs: null,
      })
    }
    const emitted = () => of(events, 'facts').filter(({ system }) => system === 'kafka')
    await until('two equal readings', () => asked >= 3)
    expect(emitted()).toHaveLength(1)
    end = '2'
    await until('the change', () => emitted().length === 2)
    drivers.kafka.setStatus(LOST)
    const before = asked
    drivers.kafka.setStatus(UP)
    await until('reading again', () => asked > before)
    await until('it to be emitted again', () => emitted().length === 3)
    expect((await lobby.snapshot()).seq).toBe(events.at(-1)?.seq)
  })

  it('are emitted for a destination that is made again under its name, though they are what they were', async () => {
    const { rooms, drivers } = await scriptRooms()
    drivers.redis.script.facts = async () => fanoutFacts({ subscribers: 2, outputBuffers: [] })
    const { room } = await rooms.create('den')
    await room.awake()
    const emitted: RoomEvent[] = []
    room.onEvent((event) => emitted.push(event))
    const kinds = () =>
      emitted
        .filter((event) => event.kind === 'facts' || event.kind === 'destination')
        .filter(({ system }) => system === 'redis')
        .map((event) => (event.kind === 'facts' ? 'facts' : event.now?.state))
    await until('the facts', () => kinds().includes('facts'))
    await room.reset()
    await until('the facts of the new one', () => kinds().at(-1) === 'facts' && kinds().includes(undefined))
  })

  it('show what is hidden in the names that other programs chose', async () => {
    const { drivers, events } = await scriptRooms()
    const group = groupFacts({
      group: 'pay\u202ements',
      state: 'Stable',
      members: [],
      committed: [],
      lag: null,
    })
    drivers.kafka.script.facts = async () => logFacts({ partitions: [], groups: [group], retentionMs: null })
    const shown = () => of(events, 'facts').find(({ system }) => system === 'kafka')?.facts
    await until('the facts', () => shown() !== undefined)
    expect(shown()).toMatchObject({ groups: [{ group: 'pay\\u{202E}ments', lag: null }] })
  })

  it('are read one at a time, and not while the room sleeps', async () => {
    const { drivers } = await scriptRooms({ idleMs: FACTS_EVERY_MS * 3 })
    let reading = 0
    let most = 0
    let asked = 0
    drivers.redis.script.facts = async () => {
      asked += 1
      reading += 1
      most = Math.max(most, reading)
      await new Promise((resolve) => setTimeout(resolve, FACTS_EVERY_MS * 1.5))
      reading -= 1
      return fanoutFacts({ subscribers: asked, outputBuffers: [] })
    }
    await until('asleep', () => drivers.redis.consumer('subscriber-1').asked.includes('leave'))
    const then = asked
    await expect(until('reading', () => asked > then, { timeoutMs: FACTS_EVERY_MS * 3 })).rejects.toThrow(
      'waited',
    )
    expect(most).toBe(1)
    expect(then).toBeGreaterThan(0)
  })

  it('that cannot be read cause one fault, not one each time', async () => {
    const { drivers, events } = await scriptRooms()
    let asked = 0
    drivers.redis.script.facts = async () => {
      asked += 1
      throw new AppError('broker-refused', 'NOPERM')
    }
    await until('several readings', () => asked >= 3)
    expect(of(events, 'fault').map(({ code, text }) => [code, text])).toEqual([['facts-failed', 'NOPERM']])
  })
})

describe('brokers and people in the stream', () => {
  it("a broker's status is emitted when it changes; further tries are emitted only in a room that is awake", async () => {
    const { lobby, drivers, events } = await scriptRooms({ asleep: true })
    const emitted = () => of(events, 'broker').map(({ now }) => [now.status, now.tries])
    drivers.redis.setStatus(LOST)
    drivers.redis.setStatus({ ...LOST, tries: 1 } as typeof LOST)
    drivers.redis.setStatus({ ...LOST, tries: 2 } as typeof LOST)
    expect(emitted()).toEqual([['connecting', 0]])
    await lobby.touch()
    expect(emitted()).toEqual([
      ['connecting', 0],
      ['connecting', 2],
    ])
    drivers.redis.setStatus({ ...LOST, tries: 3 } as typeof LOST)
    expect(emitted()).toHaveLength(3)
  })

  it('a broker that is away for an hour does not crowd messages out of the history of a room that is awake', async () => {
    const { drivers, events } = await scriptRooms()
    for (let tries = 0; tries < 3_600; tries += 1) drivers.redis.setStatus({ ...LOST, tries } as typeof LOST)
    expect(of(events, 'broker').length).toBeLessThan(150)
    const other = { ...LOST, tries: 3_601, reason: { code: 'refused', text: 'something else' } }
    drivers.redis.setStatus(other as typeof LOST)
    expect(of(events, 'broker').at(-1)?.now.reason?.text).toBe('something else')
  })

  it('a hundred refused settlements at one worker are one event at first, and crowd out no messages', async () => {
    const { drivers, events } = await scriptRooms()
    const address = drivers.redis.consumer('subscriber-1').spec.address
    for (let times = 0; times < 100; times += 1)
      drivers.redis.complain({ address, consumer: 'subscriber-1', code: 'broker-refused', text: 'READONLY' })
    expect(of(events, 'fault')).toHaveLength(1)
    await until('the count', () => of(events, 'fault').at(-1)?.count === 100)
    expect(of(events, 'fault')).toHaveLength(2)
  })

  it('a person with two tabs is one person until both are closed', async () => {
    const { lobby, events } = await scriptRooms()
    const ada = { id: 'a', name: 'Ada', colour: 1 }
    const leaves = [await lobby.enter(ada), await lobby.enter(ada)]
    expect((await lobby.snapshot()).people).toEqual([ada])
    leaves[0]?.()
    leaves[0]?.()
    expect((await lobby.snapshot()).people).toEqual([ada])
    await lobby.updatePerson({ ...ada, name: 'Ada L.' })
    leaves[1]?.()
    expect((await lobby.snapshot()).people).toEqual([])
    await until('the last list', () => of(events, 'people').at(-1)?.people.length === 0)
  })

  it('one person leads at most, until they stop, leave, or another begins', async () => {
    const { lobby, events } = await scriptRooms()
    const leaves = await Promise.all(['a', 'b'].map((id) => lobby.enter({ id, name: id, colour: 1 })))
    const shows = { tab: 'one', view: 'flow', lanes: { redis: 'chatroom' } }
    const leading = async () =>
      (await lobby.snapshot()).people.flatMap(({ id, shows: shown }) =>
        shown ? [`${id} ${shown.view}`] : [],
      )
    const stop = await lobby.show('a', shows)
    expect(await leading()).toEqual(['a flow'])
    await lobby.show('b', { ...shows, view: 'matrix' })
    stop()
    expect(await leading()).toEqual(['b matrix'])
    leaves[1]?.()
    expect(await leading()).toEqual([])
    await until('the last list', () => of(events, 'people').at(-1)?.people.length === 1)
    const stopAgain = await lobby.show('a', shows)
    await until('the news', () => of(events, 'people').at(-1)?.people[0]?.shows?.view === 'flow')
    stopAgain()
    await until('the end', () => of(events, 'people').at(-1)?.people[0]?.shows === undefined)
  })

  it('a crowd that joins at once causes few lists of people', async () => {
    const { lobby, events } = await scriptRooms()
    for (let i = 0; i < 200; i += 1) await lobby.enter({ id: `p${i}`, name: 'x', colour: 0 })
    await until('everybody', () => of(events, 'people').at(-1)?.people.length === 200)
    expect(of(events, 'people').length).toBeLessThanOrEqual(3)
  })
})

describe('load', () => {
  const load = { system: 'redis', rate: 0, count: 3_000, size: 20 }

  it('publishes the given number of messages of the given size and ends', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    const texts: string[] = []
    let most = 0
    let open = 0
    drivers.redis.script.publish = async (_address, { body }) => {
      texts.push(Buffer.from(body).toString())
      open += 1
      most = Math.max(most, open)
      await new Promise((resolve) => setImmediate(resolve))
      open -= 1
      return receiptOf({ outcome: 'published', heardBy: 2 })
    }
    const { id } = await lobby.startLoad(load)
    await expect(lobby.startLoad(load)).rejects.toThrow(expect.objectContaining({ code: 'load-running' }))
    await until('the end', async () => (await lobby.snapshot()).loads[0]?.state === 'done')
    expect((await lobby.snapshot()).loads[0]).toMatchObject({ id, sent: 3_000, confirmed: 3_000, failed: 0 })
    expect(texts).toHaveLength(3_000)
    expect(new Set(texts).size).toBe(3_000)
    expect(texts.every((text) => text.length === 20)).toBe(true)
    expect(most).toBeLessThanOrEqual(1_000)
    const published = of(events, 'published')
    expect(published).toHaveLength(3_000)
    expect(published.every((event) => event.load === id && event.number !== undefined)).toBe(true)
    expect(of(events, 'load').length).toBeLessThan(20)
    expect(of(events, 'load').at(-1)?.now.state).toBe('done')
  })

  it('keeps its rate', async () => {
    const { lobby, drivers } = await scriptRooms()
    drivers.redis.script.publish = async () => receiptOf()
    await lobby.startLoad({ ...load, rate: 200, count: 60 })
    const done = await until('the end', async () =>
      (await lobby.snapshot()).loads.find(({ state }) => state === 'done'),
    )
    const seconds = ((done.endedAt ?? 0) - done.startedAt) / 1_000
    expect(seconds).toBeGreaterThan(0.28)
  })

  it('stops on command, and counts the receipts that still come', async () => {
    const { lobby, drivers, events } = await scriptRooms()
    await lobby.startLoad({ ...load, rate: 1_000, count: 100_000 })
    await until('some sends', () => drivers.redis.publishes.length > 5)
    await lobby.stopLoad('redis')
    const sent = drivers.redis.publishes.length
    expect((await lobby.snapshot()).loads[0]).toMatchObject({ state: 'stopped', sent, confirmed: 0 })
    for (const publish of drivers.redis.publishes) publish.answer()
    await until('all receipts', () => of(events, 'load').at(-1)?.now.confirmed === sent)
    expect(of(events, 'load').at(-1)?.now.state).toBe('stopped')
    expect(drivers.redis.publishes).toHaveLength(sent)
  })

  it('fails when its broker goes away, and is refused while it is', async () => {
    const { lobby, drivers } = await scriptRooms()
    drivers.redis.script.publish = async () => receiptOf()
    await lobby.startLoad({ ...load, rate: 100, count: 1_000 })
    drivers.redis.setStatus(LOST)
    expect((await lobby.snapshot()).loads[0]?.state).toBe('failed')
    await expect(lobby.startLoad(load)).rejects.toThrow(expect.objectContaining({ code: 'broker-down' }))
  })
})
