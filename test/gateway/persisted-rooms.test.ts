import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { startDashboard } from '#test/support/dashboard.ts'
import { until } from '#test/support/until.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-rooms-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const scene = {
  destinations: [
    { system: 'rabbitmq', mode: 'queue', name: 'jobs', consumers: [{ name: 'worker-1' }] },
    { system: 'redis', mode: 'fanout', name: 'news', consumers: [{ name: 'subscriber-1' }] },
  ],
}
const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id)
/** What a room is made of, in any order, without what a start of the server changes. */
const madeOf = ({ destinations, consumers }: RoomSnapshot) => ({
  destinations: destinations.map(({ id, mode, settings }) => ({ id, mode, settings })).sort(byId),
  consumers: consumers.map(({ id, settings, group }) => ({ id, settings, group })).sort(byId),
})

test('a room outlives a server that is killed: it has what it had, still receives, and resets to its scene; one that was closed stays closed', async () => {
  const dashboard = await startDashboard(testBrokers(), { ROOMS_FILE: join(folder, 'rooms.json') })
  const room = `kept-${randomBytes(4).toString('hex')}`
  const closed = `closed-${room}`
  try {
    expect((await dashboard.request('PUT', `/api/rooms/${room}`, { scene })).status).toBe(201)
    await dashboard.request('PUT', `/api/rooms/${closed}`, { scene: 'empty' })
    await dashboard.attached(room)
    const worker = { system: 'rabbitmq', name: 'worker-2' }
    expect((await dashboard.request('POST', `/api/rooms/${room}/consumers`, worker)).status).toBe(201)
    await dashboard.request('DELETE', `/api/rooms/${closed}`)
    const before = await dashboard.attached(room)
    await until('the room to be written', async () => {
      const text = await readFile(join(folder, 'rooms.json'), 'utf8').catch(() => '')
      return text.includes('worker-2') && !text.includes('closed-')
    })
    await dashboard.kill9()
    await dashboard.startAgain()

    const after = await dashboard.attached(room)
    expect(madeOf(after)).toEqual(madeOf(before))
    expect(after.epoch).not.toBe(before.epoch)
    expect((await dashboard.request('GET', `/api/rooms/${closed}`)).status).toBe(404)
    const sent = await dashboard.request('POST', `/api/rooms/${room}/messages`, {
      system: 'rabbitmq',
      text: 'on',
    })
    const { seq } = (await sent.json()) as { seq: number }
    await until('a worker to get it', async () =>
      (await dashboard.events(seq, room)).some((event) => event.kind === 'delivered'),
    )
    await dashboard.request('POST', `/api/rooms/${room}/reset`)
    const reset = await dashboard.attached(room)
    expect(reset.consumers.map(({ name }) => name).sort()).toEqual(['subscriber-1', 'worker-1'])
  } finally {
    await dashboard.request('DELETE', `/api/rooms/${room}`)
    await dashboard.close()
  }
}, 180_000)

test('a file of rooms that is damaged is said in the log, and the server starts without it', async () => {
  const file = join(folder, 'damaged.json')
  await writeFile(file, '{"version":1,"rooms":[{"name":"a","sce')
  const dashboard = await startDashboard(testBrokers(), { ROOMS_FILE: file })
  try {
    expect((await dashboard.request('GET', '/api/rooms/lobby')).status).toBe(200)
    expect(dashboard.output()).toContain('the rooms of the last run cannot be read')
  } finally {
    await dashboard.close()
  }
}, 120_000)
