import { expect, test } from 'vitest'
import { until } from '#test/support/until.ts'
import { openScriptedDoors } from './scripted-doors.ts'

const QUESTION = { question: 'Who gets it?', choices: ['One of them', 'All of them'] }
const ROOM = '/api/rooms/lobby'

test('before the reveal neither door says what anybody voted; after it both say how many', async () => {
  const doors = await openScriptedDoors()
  const [ada, grace] = [await doors.connect(), await doors.connect()]
  await ada.join('lobby', { name: 'Ada' })
  await grace.join('lobby', { name: 'Grace' })
  const opened = await doors.request('POST', `${ROOM}/vote`, QUESTION)
  expect(opened.status).toBe(201)
  expect(await ada.command('vote:cast', { choice: 1 })).toEqual({ ok: true, value: { choice: 1 } })
  expect(await grace.command('vote:cast', { choice: 1 })).toEqual({ ok: true, value: { choice: 1 } })
  const votes = () => ada.events.filter((event) => event.kind === 'vote')
  await until('both votes', () => votes().at(-1)?.now?.voted === 2)

  const overHttp = async (path = '') => (await doors.request('GET', `${ROOM}${path}`)).text()
  const snapshot = await ada.command('room:get', {})
  const everything = [
    await overHttp(),
    await overHttp('/events?since=0'),
    JSON.stringify(snapshot),
    JSON.stringify(await ada.catchUp({ epoch: snapshot.ok ? snapshot.value.epoch : '', seq: 0 })),
    JSON.stringify(ada.events),
  ]
  for (const said of everything) {
    expect(said).toContain('"voted":2')
    expect(said).not.toMatch(/"counts":\[|"right":|"choice":(?!true|false)/)
  }

  const revealed = await doors.request('POST', `${ROOM}/vote/reveal`, { right: 1 })
  expect(await revealed.json()).toMatchObject({ phase: 'revealed', counts: [0, 2], right: 1 })
  await until('the reveal', () => votes().at(-1)?.now?.phase === 'revealed')
  expect(votes().at(-1)).toMatchObject({ now: { counts: [0, 2] }, scores: [{ right: 1 }, { right: 1 }] })
  expect(JSON.parse(await overHttp())).toMatchObject({ vote: { counts: [0, 2] } })
  expect(await ada.command('vote:cast', { choice: 0 })).toMatchObject({ ok: false, code: 'vote-closed' })
  ada.socket.disconnect()
  grace.socket.disconnect()
})

test('voting takes a person in the room: a program over HTTP and a socket outside are refused', async () => {
  const doors = await openScriptedDoors()
  await doors.request('POST', `${ROOM}/vote`, QUESTION)
  expect((await doors.request('POST', `${ROOM}/vote/cast`, { choice: 0 })).status).toBe(404)
  const outside = await doors.connect()
  expect(await outside.command('vote:cast', { choice: 0 })).toMatchObject({ ok: false, code: 'wrong-state' })
  outside.socket.disconnect()
})
