import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CommandName } from '#lib/protocol/command-table.ts'
import type { Reply } from '#lib/protocol/errors.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'
import type { TestSocket } from '#test/support/test-socket.ts'
import { until } from '#test/support/until.ts'

/**
 * Two presenters who steer a room at once while four people join, sit, vote and leave: a seeded random program, on a real
 * Redis. Whatever the order, each gets an answer that says what happened, and the room works when all is over.
 */
const SEEDS = [1, 7, 42]
const STEPS = 60
const LESSON = 'pubsub-now-or-never'
const scene = {
  destinations: [
    {
      ...{ system: 'redis', mode: 'fanout', name: 'chatroom' },
      consumers: [{ name: 'subscriber-1' }, { name: 'subscriber-2' }],
    },
  ],
}
/** What may become of a command that another one overtook. An `internal` error, or no answer, is none of these. */
const TRUTHFUL = new Set([
  ...['wrong-state', 'room-not-found', 'consumer-not-found', 'destination-not-found', 'ambiguous-name'],
  ...['name-taken', 'vote-open', 'vote-closed', 'broker-refused', 'rate-limited', 'not-capable', 'too-many'],
])

let app: TestApp
beforeAll(async () => {
  app = await startApp({ brokers: { redis: testBrokers().redis } })
})
afterAll(() => app.close())

const unhandled: unknown[] = []
const note = (error: unknown) => void unhandled.push(error)
beforeEach(() => process.on('unhandledRejection', note))
afterEach(() => void process.off('unhandledRejection', note))

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Step = readonly [CommandName, (room: string) => object]
const vote = { question: 'Who gets it?', choices: ['One', 'All'] }
const PRESENTER: readonly Step[] = [
  ['room:reset', () => ({})],
  ['lesson:open', () => ({ lesson: LESSON })],
  ['lesson:move', () => ({ step: 1, done: 1 })],
  ['lesson:move', () => ({ phase: 'revealed' })],
  ['lesson:close', () => ({})],
  ['vote:open', () => vote],
  ['vote:reveal', () => ({ right: 0 })],
  ['vote:close', () => ({})],
  ['consumer:add', () => ({ system: 'redis', name: 'extra' })],
  ['consumer:remove', () => ({ consumer: 'extra' })],
  ['consumer:command', () => ({ consumer: 'subscriber-1', command: 'crash' })],
  ['consumer:command', () => ({ consumer: 'subscriber-1', command: 'start' })],
  ['destination:add', () => ({ system: 'redis', mode: 'queue', name: 'jobs' })],
  ['destination:remove', () => ({ destination: 'jobs' })],
  ['seats:update', () => ({ choice: true })],
  ['room:remove', (room) => ({ room })],
  ['room:create', (room) => ({ room, scene })],
]
const PERSON: readonly Step[] = [
  ['seat:take', () => ({})],
  ['seat:take', () => ({})],
  ['seat:drop', () => ({})],
  ['seat:leave', () => ({})],
  ['vote:cast', () => ({ choice: 1 })],
  ['message:publish', () => ({ to: [{ system: 'redis' }], text: 'hello' })],
  ['room:leave', () => ({})],
]

class Actor {
  readonly socket: TestSocket
  readonly name: string
  private readonly room: string
  constructor(socket: TestSocket, name: string, room: string) {
    this.socket = socket
    this.name = name
    this.room = room
  }

  async run([name, input]: Step): Promise<readonly [string, Reply<unknown>]> {
    const reply = await this.socket.command(name, input(this.room) as never)
    return [`${this.name} ${name}`, reply]
  }

  async join(): Promise<readonly [string, Reply<unknown>]> {
    const me = { room: this.room, personId: this.name, name: this.name, colour: 1 }
    return [`${this.name} room:join`, await this.socket.command('room:join', me)]
  }
}

describe('two presenters who steer at once', () => {
  test.each(SEEDS)(
    'each get a reply that is true, and the room works afterwards (seed %i)',
    async (seed) => {
      const random = randomOf(seed)
      const pick = <T>(all: readonly T[]): T =>
        all[Math.floor(random() * all.length)] ?? expect.fail('nothing to pick from')
      const room = uniqueName('steered').toLowerCase()
      expect((await app.request('PUT', `/api/rooms/${room}`, { scene })).status).toBe(201)
      const names = ['presenter-a', 'presenter-b', 'ada', 'bo', 'cy', 'di']
      const actors: Actor[] = []
      for (const name of names) actors.push(new Actor(await app.connect(), name, room))
      await Promise.all(actors.map((actor) => actor.join()))

      const answers: Array<Promise<readonly [string, Reply<unknown>]>> = []
      for (let step = 0; step < STEPS; step += 1) {
        const actor = pick(actors)
        const isPresenter = actor.name.startsWith('presenter')
        answers.push(random() < 0.2 ? actor.join() : actor.run(pick(isPresenter ? PRESENTER : PERSON)))
        // Most overlap; now and then what was begun is over.
        if (random() < 0.25) await answers.at(-1)
      }
      const replies = await Promise.all(answers)
      const untrue = replies.filter(([, reply]) => !reply.ok && !TRUTHFUL.has(reply.code))
      expect(untrue).toEqual([])
      expect(unhandled).toEqual([])
      await expectWorks(room, actors)
      for (const { socket } of actors) socket.socket.disconnect()
      await app.request('DELETE', `/api/rooms/${room}`)
    },
    60_000,
  )
})

async function expectWorks(room: string, actors: readonly Actor[]): Promise<void> {
  await app.request('PUT', `/api/rooms/${room}`, { scene })
  await app.request('DELETE', `/api/rooms/${room}/lesson`)
  expect((await Promise.all(actors.map((actor) => actor.join()))).filter(([, { ok }]) => !ok)).toEqual([])
  expect((await app.request('POST', `/api/rooms/${room}/reset`)).status).toBe(200)
  const people = actors.filter(({ name }) => !name.startsWith('presenter'))
  for (const person of people) {
    const [, reply] = await person.run(['seat:take', () => ({})])
    expect(reply).toMatchObject({ ok: true })
  }
  await until('all to be attached', async () => {
    const { consumers } = await app.snapshot(room)
    return consumers.length > 0 && consumers.every(({ state }) => state === 'attached')
  })
  const snapshot = await app.snapshot(room)
  const seats = snapshot.consumers.filter(({ owner }) => owner !== undefined)
  expect(seats.map(({ owner }) => owner?.id).toSorted()).toEqual(people.map(({ name }) => name).toSorted())
  expect(snapshot.people.map(({ id }) => id).toSorted()).toEqual(actors.map(({ name }) => name).toSorted())
  // What one person sends reaches everybody who sits at the same place.
  const [ada] = people
  const to = seats.find(({ owner }) => owner?.id === ada?.name) ?? expect.fail('no seat')
  const there = snapshot.consumers.filter(({ destination }) => destination === to.destination)
  const sent = await ada?.socket.command('message:publish', {
    to: [{ system: 'redis', destination: to.destination }],
    text: 'does it work?',
  })
  const { id, seq } = sent?.ok ? sent.value : expect.fail(JSON.stringify(sent))
  await until('it to arrive', async () => {
    const got = (await app.events(room, seq)).filter(
      (event) => event.kind === 'delivered' && event.messageId === id,
    )
    return to.destination === 'jobs' ? got.length === 1 : got.length === there.length
  })
}

test('nothing was logged as an error during these tests', () => {
  expect(app.wrong).toEqual([])
})
