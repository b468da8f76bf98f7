import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseLessonFile } from '#lib/lessons/lesson-file.ts'
import { ownLessonToOpen } from '#lib/lessons/lesson-to-open.ts'
import { LESSON_FILE_MAX_CHARS } from '#lib/protocol/limits.ts'
import { createRooms } from '#lib/rooms/rooms.ts'
import { lessonText } from '#test/support/lessons.ts'
import { scriptRooms } from '../rooms/scripted-rooms.ts'
import { openScriptedDoors } from './scripted-doors.ts'

const FILE = lessonText('crash-a-worker').replace('title: Crash a worker', 'title: "Mine: a crash!"')
const LESSON = '/api/rooms/den/lesson'

async function openDen(lessonFile: string) {
  const doors = await openScriptedDoors()
  const made = await doors.request('PUT', '/api/rooms/den', { lessonFile })
  return { doors, made }
}

test('a room is made of a lesson file, everybody there reads the lesson, and no list has it', async () => {
  const { doors, made } = await openDen(FILE)
  expect(made.status).toBe(201)
  expect(await made.json()).toMatchObject({
    lesson: { name: 'mine-a-crash', title: 'Mine: a crash!', own: true, phase: 'question' },
    destinations: [{ id: 'rabbitmq:jobs' }],
  })
  const socket = await doors.connect()
  await socket.join('den')
  expect(await socket.command('lesson:here', {})).toMatchObject({
    ok: true,
    value: { title: 'Mine: a crash!', steps: [{ fault: { crash: 'worker-1' } }] },
  })
  expect((await doors.request('GET', '/api/lessons/mine-a-crash')).status).toBe(404)
})

test('a lesson that was brought can be begun again without a name, and a lesson of the dashboard replaces it', async () => {
  const { doors, made } = await openDen(FILE)
  const { lesson: first } = (await made.json()) as { lesson: { run: string } }
  const anew = await (await doors.request('POST', LESSON, {})).json()
  expect(anew).toMatchObject({ own: true, title: 'Mine: a crash!' })
  expect((anew as { run: string }).run).not.toBe(first.run)
  const other = await (await doors.request('POST', LESSON, { lesson: 'who-is-away' })).json()
  expect(other).not.toHaveProperty('own')
  expect(await (await doors.request('GET', LESSON)).json()).toMatchObject({ title: 'Who is away' })
})

test('a lesson file begins in an existing room; a wrong file leaves the room as it is', async () => {
  const doors = await openScriptedDoors()
  await doors.rooms.create('den')
  const before = await (await doors.rooms.get('den')).snapshot()
  const refused = async (lessonFile: string, more = {}) =>
    await (await doors.request('POST', LESSON, { lessonFile, ...more })).json()
  expect(await refused(FILE.replace('level: beginner', 'level: easy'))).toMatchObject({
    ...{ code: 'invalid', line: 3, field: 'level' },
  })
  expect(await refused(FILE, { lesson: 'who-is-away' })).toMatchObject({ code: 'invalid' })
  expect(await refused('#'.repeat(LESSON_FILE_MAX_CHARS + 1))).toMatchObject({ code: 'invalid' })
  expect(await refused(`&a [${'*a,'.repeat(1_000)}]`)).toMatchObject({ code: 'invalid' })
  expect(await refused(FILE.replace('Worker-1 crashes', 'Worker-1 \u202ecrashes'))).toMatchObject({
    ...{ code: 'invalid', detail: expect.stringContaining('not seen') },
  })
  expect((await (await doors.rooms.get('den')).snapshot()).destinations).toEqual(before.destinations)
  expect(await (await doors.request('POST', LESSON, {})).json()).toMatchObject({ code: 'wrong-state' })
  expect((await doors.request('POST', LESSON, { lessonFile: FILE })).status).toBe(200)
})

test('a lesson that was brought outlives the server with its room', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-own-lesson-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const nothing = () => undefined
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing }
  const { slots } = await scriptRooms()
  const open = () => createRooms({ slots, log, file: join(folder, 'rooms.json') })
  const first = open()
  await first.create('den', { lesson: ownLessonToOpen(parseLessonFile(FILE)) })
  await first.close()
  const second = open()
  onTestFinished(() => second.close())
  const room = await second.get('den')
  expect((await room.ownLesson())?.title).toBe('Mine: a crash!')
  expect((await room.snapshot()).lesson).toMatchObject({ own: true, parts: expect.any(Array) })
})
