import { expect, onTestFinished, test } from 'vitest'
import { createFeed } from '#lib/feed/create-feed.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { PEOPLE_MAX_PER_ROOM } from '#lib/protocol/limits.ts'
import { until } from '#test/support/until.ts'
import { openScriptedDoors, type ScriptedDoors } from '../commands/scripted-doors.ts'

async function openFeed(doors: ScriptedDoors): Promise<Feed> {
  const storage = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined }
  const me = { id: 'ada', name: 'Ada', colour: 1 }
  const feed = createFeed({ room: 'lobby', me, url: doors.url, storage })
  onTestFinished(() => feed.close())
  return feed
}

test('a page without a token asks for the room’s code, and shows nothing of the room', async () => {
  const feed = await openFeed(await openScriptedDoors({ sharing: true }))
  await until('the refusal', () => feed.connection.state === 'no-entry')
  expect(feed.connection).toEqual({ state: 'no-entry', why: 'code' })
  expect(feed.views.destinations).toEqual([])
})

test('where nothing is shared a page may do everything, until a presenter removes its person', async () => {
  const doors = await openScriptedDoors()
  const feed = await openFeed(doors)
  await until('the room', () => feed.connection.state === 'live')
  expect(feed.rights).toBeNull()
  expect((await doors.request('DELETE', '/api/rooms/lobby/people/ada')).status).toBe(204)
  await until('the removal', () => feed.connection.state === 'no-entry')
  expect(feed.connection).toEqual({ state: 'no-entry', why: 'removed' })
})

test('a page whose room is full says so instead of trying again and again', async () => {
  const doors = await openScriptedDoors()
  for (let n = 0; n < PEOPLE_MAX_PER_ROOM; n += 1)
    await doors.lobby.enter({ id: `guest-${n}`, name: `Guest ${n}`, colour: 1 })
  const feed = await openFeed(doors)
  await until('the refusal', () => feed.connection.state === 'no-entry')
  expect(feed.connection).toEqual({ state: 'no-entry', why: 'full' })
})
