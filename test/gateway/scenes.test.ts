import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import { parseSceneFile } from '#lib/scenes/scene-file.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ brokers: testBrokers() })
})
afterAll(() => app.close())

const FILE = `destinations:
  - system: rabbitmq
    mode: queue
    name: jobs
    consumers: []
  - system: redis
    mode: queue
    name: tasks
    consumers: []
  - system: kafka
    mode: log
    name: orders
    settings: { partitions: 1 }
    consumers:
      - { name: reader-1, group: billing }
`

/** What waits in both queues and how far the log is written and read, by the brokers' own word. */
async function held(room: string) {
  const events = await app.events(room)
  const facts = (name: string) =>
    events.findLast((event) => event.kind === 'facts' && event.destination === name)
  const [jobs, tasks, orders] = ['jobs', 'tasks', 'orders'].map(facts)
  const log = orders?.kind === 'facts' && orders.facts.mode === 'log' ? orders.facts : undefined
  return {
    jobs: jobs?.kind === 'facts' && jobs.facts.mode === 'queue' ? jobs.facts.ready : null,
    tasks: tasks?.kind === 'facts' && tasks.facts.mode === 'queue' ? tasks.facts.ready : null,
    orders: log?.partitions[0]?.end,
    committed: log?.groups[0]?.committed[0]?.offset ?? null,
  }
}

test('a room of a scene file, over both doors: a reset empties queues and logs and starts groups anew', async () => {
  const room = uniqueName('scene').toLowerCase()
  const wrong = await app.request('PUT', `/api/rooms/${room}`, { sceneFile: FILE.replace('log', 'topic') })
  expect([wrong.status, await wrong.json()]).toEqual([
    422,
    expect.objectContaining({ code: 'invalid', line: 11, field: 'destinations.2.mode' }),
  ])
  const made = await app.request('PUT', `/api/rooms/${room}`, { sceneFile: FILE })
  expect(made.status).toBe(201)
  const names = async () => ((await app.snapshot(room)) as RoomSnapshot).destinations.map(({ name }) => name)
  expect(await names()).toEqual(['jobs', 'tasks', 'orders'])
  await until('all to be declared', async () =>
    (await app.snapshot(room)).destinations.every(({ state }) => state === 'declared'),
  )
  const send = (system: string) =>
    app.request('POST', `/api/rooms/${room}/messages`, { system, text: 'before' })
  for (const system of ['rabbitmq', 'redis', 'kafka', 'rabbitmq']) await send(system)
  await until('what was sent to be held', async () => {
    const { jobs, tasks, orders, committed } = await held(room)
    return jobs === 2 && tasks === 1 && orders === '1' && committed === '1'
  })

  const { socket, command } = await app.connect()
  await command('room:join', { room, personId: 'ada', name: 'Ada', colour: 0 })
  const reset = await command('room:reset', {})
  expect(reset.ok && reset.value.consumers.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'reader-1 attached',
  ])
  await until('all to be empty', async () => {
    const { jobs, tasks, orders, committed } = await held(room)
    return jobs === 0 && tasks === 0 && orders === '0' && (committed === null || committed === '0')
  })
  await send('kafka')
  const read = await until('the reader to read', async () =>
    (await app.events(room)).findLast((event) => event.kind === 'delivered'),
  )
  expect(read).toMatchObject({ consumer: 'reader-1', address: { partition: 0, offset: '0' } })
  const saved = await app.request('GET', `/api/rooms/${room}/scene`)
  const { file } = (await saved.json()) as { file: string }
  expect(parseSceneFile(file)).toEqual(parseSceneFile(FILE))
  socket.disconnect()
  expect((await app.request('DELETE', `/api/rooms/${room}`)).status).toBe(204)
}, 90_000)
