import { afterAll, beforeAll, expect, test } from 'vitest'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ brokers: testBrokers() })
})
afterAll(() => app.close())

const LESSON = 'crash-a-worker'

async function roomWithLesson(): Promise<string> {
  const room = uniqueName('school').toLowerCase()
  const made = await app.request('PUT', `/api/rooms/${room}`, { lesson: LESSON })
  expect(made.status).toBe(201)
  await until('the worker to be attached', async () =>
    (await app.snapshot(room)).consumers.every(({ state }) => state === 'attached'),
  )
  return room
}

async function enter(room: string, name: string) {
  const client = await app.connect()
  await client.command('room:join', { room, personId: name.toLowerCase(), name, colour: 0 })
  return client
}

test('lessons are listed in their order with their systems, and one is read whole; one that is not there is not found', async () => {
  const { lessons } = (await (await app.request('GET', '/api/lessons')).json()) as {
    lessons: Array<{ name: string; systems: string[]; order?: number }>
  }
  expect(lessons.slice(0, 3).map(({ order }) => order)).toEqual([1, 2, 3])
  expect(lessons.find(({ name }) => name === 'who-is-away')?.systems).toEqual(['rabbitmq', 'redis', 'kafka'])
  const lesson = (await (await app.request('GET', `/api/lessons/${LESSON}`)).json()) as { title: string }
  expect(lesson.title).toBe('Crash a worker')
  expect((await app.request('GET', '/api/lessons/nothing')).status).toBe(404)
})

test('a room made of a lesson is made of its scene, and who joins late sees the step that is shown', async () => {
  const room = await roomWithLesson()
  const ada = await enter(room, 'Ada')
  expect(await ada.command('lesson:move', { done: 1, step: 1 })).toMatchObject({ ok: true })
  const late = await app.snapshot(room)
  expect(late.destinations.map(({ id }) => id)).toEqual(['rabbitmq:jobs'])
  expect(late.lesson).toMatchObject({
    name: LESSON,
    step: 1,
    done: 1,
    steps: 2,
    phase: 'question',
    by: 'Ada',
  })
})

test('of two presenters who move a lesson at once the last one wins, and both see the same', async () => {
  const room = await roomWithLesson()
  const [ada, mei] = [await enter(room, 'Ada'), await enter(room, 'Mei')]
  const moves = [ada, mei, ada, mei].map(({ command }, index) => command('lesson:move', { step: index % 3 }))
  await Promise.all(moves)
  const now = (await app.snapshot(room)).lesson
  const events = (await app.events(room)).flatMap((event) => (event.kind === 'lesson' ? [event.now] : []))
  expect(events.at(-1)).toEqual(now)
  const seen = ({ events: all }: typeof ada) => all.findLast((event) => event.kind === 'lesson')
  await until('both to see it', () => [ada, mei].every((one) => seen(one)?.kind === 'lesson'))
  await until('both to see the last', () =>
    [ada, mei].every((one) => JSON.stringify(Reflect.get(seen(one) ?? {}, 'now')) === JSON.stringify(now)),
  )
})

test('a lesson that is begun anew has an empty room again, and moves of the run before are refused', async () => {
  const room = await roomWithLesson()
  const ada = await enter(room, 'Ada')
  const before = (await app.snapshot(room)).lesson
  for (const text of ['one', 'two']) {
    await ada.command('message:publish', { text, to: [{ system: 'rabbitmq', destination: 'jobs' }] })
  }
  const held = async () => {
    const facts = (await app.events(room)).findLast((event) => event.kind === 'facts')
    return facts?.kind === 'facts' && facts.facts.mode === 'queue' ? facts.facts.unacked : null
  }
  await until('the worker to hold them', async () => (await held()) === 2)
  const begun = await ada.command('lesson:open', { lesson: LESSON })
  expect(begun).toMatchObject({ ok: true, value: { step: 0, done: 0, phase: 'question' } })
  await until('the queue to be empty', async () => (await held()) === 0)
  expect(await ada.command('lesson:move', { run: before?.run, step: 1 })).toMatchObject({
    code: 'wrong-state',
  })
  expect(await ada.command('lesson:close', {})).toMatchObject({ ok: true })
  expect((await app.snapshot(room)).lesson).toBeUndefined()
})

test('a lesson of another scene takes the place of what the room had; the lobby has no lessons', async () => {
  const room = await roomWithLesson()
  await app.request('POST', `/api/rooms/${room}/lesson`, { lesson: 'pubsub-now-or-never' })
  const ids = async () => (await app.snapshot(room)).destinations.map(({ id }) => id)
  await until('the new scene', async () => (await ids()).join() === 'redis:news')
  const lobby = await app.request('POST', '/api/rooms/lobby/lesson', { lesson: LESSON })
  expect(await lobby.json()).toMatchObject({ code: 'lobby-stays' })
})

test('rooms are listed with who is there and the lesson that goes on', async () => {
  const room = await roomWithLesson()
  await enter(room, 'Ada')
  const { rooms } = (await (await app.request('GET', '/api/rooms')).json()) as { rooms: object[] }
  expect(rooms[0]).toMatchObject({ room: 'lobby', people: 0 })
  expect(rooms).toContainEqual(expect.objectContaining({ room, people: 1, lesson: 'Crash a worker' }))
})

test('a server that is restarted in the middle of a lesson has no such room; made again, it begins anew with empty queues', async () => {
  const room = uniqueName('school').toLowerCase()
  const first = await startApp({ brokers: testBrokers() })
  await first.request('PUT', `/api/rooms/${room}`, { lesson: LESSON })
  await until('the worker to be attached', async () =>
    (await first.snapshot(room)).consumers.every(({ state }) => state === 'attached'),
  )
  await first.request('POST', `/api/rooms/${room}/messages`, { system: 'rabbitmq', text: 'left over' })
  await first.request('PATCH', `/api/rooms/${room}/lesson`, { done: 1, step: 1 })
  await first.close()
  expect((await app.request('GET', `/api/rooms/${room}`)).status).toBe(404)
  await app.request('PUT', `/api/rooms/${room}`, { lesson: LESSON })
  await app.request('POST', `/api/rooms/${room}/lesson`, { lesson: LESSON })
  expect((await app.snapshot(room)).lesson).toMatchObject({ step: 0, done: 0, phase: 'question' })
  const facts = async () => {
    const found = (await app.events(room)).findLast((event) => event.kind === 'facts')
    return found?.kind === 'facts' && found.facts.mode === 'queue' ? found.facts : null
  }
  await until('the queue to be empty', async () => {
    const now = await facts()
    return now?.ready === 0 && now.unacked === 0
  })
})
