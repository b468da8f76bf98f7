import { expect, test } from 'vitest'
import { until } from '#test/support/until.ts'
import { scriptRooms } from './scripted-rooms.ts'

const names = async ({ rooms }: Awaited<ReturnType<typeof scriptRooms>>) =>
  (await rooms.list()).map(({ room }) => room)

test('a room that nobody visits for long is closed; one where somebody is stays, and so does the lobby', async () => {
  const scripted = await scriptRooms({ unvisitedMs: 60 })
  const { room } = await scripted.rooms.create('visited', { scene: 'empty' })
  await room.watch()
  await scripted.rooms.create('left', { scene: 'empty' })
  expect(await names(scripted)).toEqual(['lobby', 'left', 'visited'])
  await until('the other one to be closed', async () => !(await names(scripted)).includes('left'))
  expect(await names(scripted)).toEqual(['lobby', 'visited'])
})
