import { describe, expect, test } from 'vitest'
import { PEOPLE_MAX_PER_ROOM } from '#lib/protocol/limits.ts'
import { openVoteSchema, voteSchema } from '#lib/protocol/vote.ts'
import { until } from '#test/support/until.ts'
import { of, scriptRooms } from './scripted-rooms.ts'

const QUESTION = { question: 'How many of the workers get it?', choices: ['One', 'Half', 'All'] }
const person = (id: string, name = id) => ({ id, name, colour: 1 })

describe('a question', () => {
  test('counts one vote for each person, the last one cast, and shows no tally before the reveal', async () => {
    const { lobby, events } = await scriptRooms()
    await lobby.openVote(QUESTION)
    await lobby.castVote(person('ada'), 2)
    await lobby.castVote(person('ada'), 0)
    await lobby.castVote(person('grace'), 2)
    await until('both votes', () => of(events, 'vote').at(-1)?.now?.voted === 2)
    const before = { ...QUESTION, number: 1, phase: 'open', voted: 2 }
    expect((await lobby.snapshot()).vote).toEqual(before)
    for (const { now, scores } of of(events, 'vote')) {
      expect(now).not.toHaveProperty('counts')
      expect(now).not.toHaveProperty('right')
      expect(scores).toBeUndefined()
    }
    const revealed = { ...before, phase: 'revealed', counts: [1, 0, 1], right: 0 }
    expect(await lobby.revealVote({ right: 0 })).toEqual(revealed)
    expect((await lobby.snapshot()).vote).toEqual(revealed)
    expect(of(events, 'vote').at(-1)).toMatchObject({ now: revealed })
  })

  test('takes no votes after the reveal, for a choice that there is not, or while nothing is asked', async () => {
    const { lobby } = await scriptRooms()
    const cast = (choice: number) => lobby.castVote(person('ada'), choice)
    await expect(cast(0)).rejects.toMatchObject({ code: 'vote-closed', message: 'nothing is asked' })
    await lobby.openVote(QUESTION)
    await expect(cast(3)).rejects.toMatchObject({ code: 'invalid', detail: { field: 'choice' } })
    await lobby.revealVote({})
    await expect(cast(0)).rejects.toMatchObject({ code: 'vote-closed' })
    expect((await lobby.snapshot()).vote).toMatchObject({ voted: 0, counts: [0, 0, 0] })
  })

  test('stays while it is open, gives way to the next once revealed, and can be taken away at any time', async () => {
    const { lobby, events } = await scriptRooms()
    await lobby.openVote(QUESTION)
    await expect(lobby.openVote(QUESTION)).rejects.toMatchObject({ code: 'vote-open' })
    await lobby.revealVote({})
    expect(await lobby.openVote({ ...QUESTION, heading: 'Question 2 of 6' })).toMatchObject({
      ...{ number: 2, heading: 'Question 2 of 6', phase: 'open', voted: 0 },
    })
    await lobby.closeVote()
    await lobby.closeVote()
    expect((await lobby.snapshot()).vote).toBeNull()
    expect(of(events, 'vote').map(({ now }) => now?.phase ?? null)).toEqual([
      ...['open', 'revealed', 'open', null],
    ])
    await expect(lobby.revealVote({})).rejects.toMatchObject({ code: 'vote-closed' })
  })

  test('of a lesson takes votes until what it asks about begins to happen', async () => {
    const { rooms } = await scriptRooms()
    const scene = { destinations: [], load: [] }
    const { room } = await rooms.create('hall', { lesson: { name: 'a', title: 'A', steps: 2, scene } })
    const { run } = await room.moveLesson({ step: 0 })
    await room.openVote({ ...QUESTION, run })
    await room.castVote(person('ada'), 0)
    await room.moveLesson({ phase: 'running' })
    await expect(room.castVote(person('ada'), 1)).rejects.toMatchObject({ code: 'vote-closed' })
    await expect(room.castVote(person('grace'), 1)).rejects.toMatchObject({ code: 'vote-closed' })
    expect(await room.revealVote({ right: 0 })).toMatchObject({ voted: 1, counts: [1, 0, 0] })
  })

  test('is scored once, when the run has proved a choice right, and scores add up by person', async () => {
    const { lobby, events } = await scriptRooms()
    await lobby.openVote(QUESTION)
    await lobby.castVote(person('ada', 'Ada'), 0)
    await lobby.castVote(person('grace', 'Grace'), 1)
    await lobby.revealVote({})
    expect((await lobby.snapshot()).scores).toEqual([])
    await expect(lobby.revealVote({})).rejects.toMatchObject({ code: 'vote-closed' })
    await lobby.revealVote({ right: 0 })
    await expect(lobby.revealVote({ right: 1 })).rejects.toMatchObject({ code: 'vote-closed' })
    await lobby.openVote(QUESTION)
    await lobby.castVote(person('ada', 'Ada L.'), 0)
    await lobby.revealVote({ right: 0 })
    const scores = [
      { id: 'ada', name: 'Ada L.', right: 2, of: 2 },
      { id: 'grace', name: 'Grace', right: 0, of: 1 },
    ]
    expect((await lobby.snapshot()).scores).toEqual(scores)
    expect(of(events, 'vote').at(-1)?.scores).toEqual(scores)
  })

  test('costs a hall of voters a few events and takes as many votes as a room holds people', async () => {
    const { lobby, events } = await scriptRooms()
    await lobby.openVote(QUESTION)
    for (let index = 0; index < PEOPLE_MAX_PER_ROOM; index += 1) {
      await lobby.castVote(person(`person-${index}`), index % 3)
    }
    await expect(lobby.castVote(person('one more'), 0)).rejects.toMatchObject({ code: 'too-many' })
    await lobby.castVote(person('person-0'), 1)
    await until('all votes', () => of(events, 'vote').at(-1)?.now?.voted === PEOPLE_MAX_PER_ROOM)
    expect(of(events, 'vote').length).toBeLessThan(PEOPLE_MAX_PER_ROOM / 10)
  })
})

test('a question is refused whose words are hidden, too long, the same, too few or too many', () => {
  const isTaken = (more: object) => openVoteSchema.safeParse({ ...QUESTION, ...more }).success
  expect(isTaken({})).toBe(true)
  expect(isTaken({ question: '  ' })).toBe(false)
  expect(isTaken({ question: 'Wer \u202e bekommt es?' })).toBe(false)
  expect(isTaken({ question: 'x'.repeat(201) })).toBe(false)
  expect(isTaken({ choices: ['One'] })).toBe(false)
  expect(isTaken({ choices: ['One', ' One '] })).toBe(false)
  expect(isTaken({ choices: ['One', 'A\u200bll'] })).toBe(false)
  expect(isTaken({ choices: ['1', '2', '3', '4', '5', '6', '7'] })).toBe(false)
  expect(isTaken({ heading: 'x'.repeat(61) })).toBe(false)
  const hostile = openVoteSchema.parse({ ...QUESTION, question: '<img src=x onerror=alert(1)>' })
  expect(voteSchema.parse({ ...hostile, number: 1, phase: 'open', voted: 0 }).question).toBe(hostile.question)
})
