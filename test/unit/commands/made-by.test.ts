import { expect, test } from 'vitest'
import { whatIsMine } from '#components/rooms/what-is-mine.ts'
import { createLedger } from '#lib/ledger/ledger.ts'
import { openScriptedDoors, type ScriptedDoors } from './scripted-doors.ts'

async function personOf(doors: ScriptedDoors, personId: string) {
  const socket = await doors.connect()
  await socket.join('lobby', { personId })
  const add = async (name: string, destination: string) => {
    const reply = await socket.command('consumer:add', { system: 'redis', destination, name })
    if (!reply.ok) throw new Error(reply.message)
  }
  const make = async (name: string) => {
    const reply = await socket.command('destination:add', { system: 'redis', mode: 'fanout', name })
    if (!reply.ok) throw new Error(reply.message)
  }
  return { add, make }
}

async function mineIn(doors: ScriptedDoors, personId: string) {
  const views = createLedger()
  views.reset(await (await doors.rooms.get('lobby')).snapshot())
  const { destinations, shared, consumers } = whatIsMine(views, personId)
  const names = (things: ReadonlyArray<{ name: string }>) => things.map(({ name }) => name)
  return { destinations: names(destinations), shared: names(shared), consumers: names(consumers) }
}

test('what a person makes is theirs to delete, and neither what others made nor a destination where others have consumers', async () => {
  const doors = await openScriptedDoors()
  const ada = await personOf(doors, 'ada')
  const mei = await personOf(doors, 'mei')
  await ada.make('alone')
  await ada.add('ada-1', 'alone')
  await ada.make('together')
  await ada.add('ada-2', 'together')
  await mei.add('mei-1', 'together')
  await ada.add('ada-3', 'chatroom')
  await mei.add('mei-2', 'chatroom')
  const byProgram = { system: 'redis', destination: 'chatroom', name: 'program-1' }
  expect((await doors.request('POST', '/api/rooms/lobby/consumers', byProgram)).status).toBe(201)

  expect(await mineIn(doors, 'ada')).toEqual({
    destinations: ['alone'],
    shared: ['together'],
    consumers: ['ada-3', 'ada-2'],
  })
  expect(await mineIn(doors, 'mei')).toEqual({ destinations: [], shared: [], consumers: ['mei-2', 'mei-1'] })
  expect(await mineIn(doors, 'nobody')).toEqual({ destinations: [], shared: [], consumers: [] })
})
