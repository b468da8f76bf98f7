import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Consumer, RoomSnapshot } from '#lib/protocol/room.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { type Dashboard, startDashboard } from '#test/support/dashboard.ts'
import { openTestSocket, type TestSocket } from '#test/support/test-socket.ts'
import { until } from '#test/support/until.ts'

/** The real server is killed in the middle of a lesson, with phones seated and votes cast, and started again. */

const LESSON = 'one-message-three-fates'
const PEOPLE = ['Ada', 'Bo', 'Cy']
const QUESTION = { question: 'Who gets it?', choices: ['One', 'Half', 'All'] }

let folder: string
let dashboard: Dashboard
let room: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-lesson-'))
  dashboard = await startDashboard(testBrokers(), { ROOMS_FILE: join(folder, 'rooms.json') })
  room = `lesson-${randomBytes(4).toString('hex')}`
  expect((await dashboard.request('PUT', `/api/rooms/${room}`, { lesson: LESSON })).status).toBe(201)
  await dashboard.attached(room)
}, 120_000)
afterAll(async () => {
  await dashboard?.request('DELETE', `/api/rooms/${room}`)
  await dashboard?.close()
  await rm(folder, { recursive: true, force: true })
})

/** As a phone does: it joins whenever it is connected, and asks for the seat that it had. */
class Phone {
  readonly name: string
  seat: Consumer | undefined
  readonly socket: TestSocket
  constructor(name: string, socket: TestSocket) {
    this.name = name
    this.socket = socket
  }

  async sit(): Promise<Consumer> {
    const joined = await this.socket.join(room, { personId: this.name.toLowerCase(), name: this.name })
    const { system, destination, name: consumer, group } = this.seat ?? {}
    const had =
      system === undefined || destination === undefined || consumer === undefined
        ? {}
        : { had: { system, destination, consumer, ...(group === undefined ? {} : { group }) } }
    const reply = await this.socket.command('seat:take', had)
    if (!reply.ok) throw new Error(`${joined.room} ${reply.code}: ${reply.message}`)
    this.seat = reply.value
    return reply.value
  }
}

/** A test's socket gives up at its first failure. */
function comeBack(socket: TestSocket['socket']): Promise<unknown> {
  if (!socket.active) socket.connect()
  return until('the connection', () => socket.connected)
}

const ask = async (method: string, path: string, body?: object) => {
  const answer = await dashboard.request(method, `/api/rooms/${room}${path}`, body)
  expect([path, answer.ok]).toEqual([path, true])
  return answer
}
const whereOf = ({ id, group, owner }: Consumer) => ({ id, group, owner: owner?.id })
const courseOf = ({ lesson, vote, scores }: RoomSnapshot) => ({ lesson, vote, scores })

test('a server killed in the middle of a lesson goes on at its step; people come back to their seats, and votes cast count', async () => {
  const phones = await Promise.all(
    PEOPLE.map(async (name) => new Phone(name, await openTestSocket(dashboard.url))),
  )
  for (const phone of phones) await phone.sit()
  const [ada, bo, cy] = phones as [Phone, Phone, Phone]
  // A question that was graded before: its scores are to stay.
  await ask('POST', '/vote', QUESTION)
  expect(await ada.socket.command('vote:cast', { choice: 2 })).toMatchObject({ ok: true })
  await ask('POST', '/vote/reveal', { right: 2 })
  await ask('PATCH', '/lesson', { step: 1 })
  const run = (await dashboard.snapshot(room)).lesson?.run
  await ask('POST', '/vote', { ...QUESTION, run })
  expect(await ada.socket.command('vote:cast', { choice: 0 })).toMatchObject({ ok: true })
  expect(await bo.socket.command('vote:cast', { choice: 1 })).toMatchObject({ ok: true })
  // Changing one's mind is no event, and kept all the same.
  expect(await bo.socket.command('vote:cast', { choice: 0 })).toMatchObject({ ok: true })
  await ask('PATCH', '/people/cy', { muted: true })
  const before = await until('both votes and the seats', async () => {
    const seen = await dashboard.snapshot(room)
    return seen.vote?.voted === 2 && seen
  })
  const seats = phones.map(({ seat }) => whereOf(seat ?? expect.fail('no seat')))
  const file = join(folder, 'rooms.json')
  await until('all of it to be written', async () => {
    const text = await readFile(file, 'utf8')
    return text.includes('"muted":["cy"]') && text.includes('"id":"bo","name":"Bo","choice":0')
  })
  expect((await stat(file)).mode & 0o077).toBe(0)
  await dashboard.kill9()
  await dashboard.startAgain()

  await Promise.all(phones.map(({ socket: { socket } }) => comeBack(socket)))
  const back = await Promise.all(phones.map((phone) => phone.sit()))
  expect(back.map(whereOf)).toEqual(seats)
  await until('every seat to be attached', async () => {
    const { consumers } = await dashboard.snapshot(room)
    return consumers.filter(({ owner, state }) => owner && state === 'attached').length === PEOPLE.length
  })
  const after = await dashboard.snapshot(room)
  expect(courseOf(after)).toEqual(courseOf(before))
  expect(after.people.find(({ id }) => id === 'cy')).toMatchObject({ muted: true })
  expect(await cy.socket.command('vote:cast', { choice: 0 })).toMatchObject({ ok: true })
  const revealed = await (await ask('POST', '/vote/reveal', { right: 0 })).json()
  expect(revealed).toMatchObject({ number: 2, counts: [3, 0, 0], right: 0 })
  expect((await dashboard.snapshot(room)).scores).toContainEqual({ id: 'ada', name: 'Ada', right: 2, of: 2 })
  for (const { socket } of phones) socket.socket.disconnect()
}, 180_000)
