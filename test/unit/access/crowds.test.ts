import { expect, test } from 'vitest'
import { createAccess } from '#lib/access/access.ts'
import { nothingBut } from '#lib/access/grant.ts'
import type { Actor } from '#lib/commands/actor.ts'
import { createCommands } from '#lib/commands/commands.ts'
import { JOINS_BURST, PERSON_COMMANDS_BURST, PERSON_COMMANDS_PER_SECOND } from '#lib/protocol/limits.ts'
import { LOBBY } from '#lib/protocol/lobby.ts'
import { testLessons } from '#test/support/lessons.ts'
import { scriptRooms } from '../rooms/scripted-rooms.ts'

const CROWD = 10_000

/** What came of each of so many joins from one address, by its code. */
async function joinAll(code: (room: string) => string, nameOf = (n: number) => `Guest ${n}`) {
  const { rooms, lobby } = await scriptRooms()
  const access = createAccess({ rooms, sharing: true, now: () => 0 })
  const outcomes = new Map<string, number>()
  const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  const join = (n: number, address = '10.0.0.1', grant = nothingBut('token')) =>
    access.join({ code: code(lobby.access.code), name: nameOf(n) }, grant, address)
  for (let n = 0; n < CROWD; n += 1) {
    await join(n).then(
      () => count('joined'),
      (error: { code: string; retryAfterMs?: number }) => {
        expect(error.code === 'rate-limited' ? error.retryAfterMs : 1).toBeGreaterThan(0)
        count(error.code)
      },
    )
  }
  return { outcomes: Object.fromEntries(outcomes), access, join }
}

test('10,000 newcomers from one address: as many as a hall holds come in, the others get the time to try again; those of another address are let in', async () => {
  const { outcomes, access, join } = await joinAll((code) => code)
  expect(outcomes.joined).toBeGreaterThanOrEqual(JOINS_BURST)
  // A slow machine earns some more.
  expect(outcomes.joined).toBeLessThan(CROWD / 2)
  expect((outcomes.joined ?? 0) + (outcomes['rate-limited'] ?? 0)).toBe(CROWD)
  const { token } = await join(CROWD, '10.0.0.2')
  // Who has a token is no newcomer, wherever they come from.
  await expect(join(CROWD, '10.0.0.1', await access.grantOf(token))).resolves.toMatchObject({
    role: 'participant',
  })
})

test('10,000 wrong codes from one address: the first few get “wrong code”, the others “try again later”', async () => {
  const { outcomes } = await joinAll(() => 'AAAAAA')
  expect(outcomes).toEqual({ 'wrong-code': 5, 'rate-limited': CROWD - 5 })
})

test('a participant who opens many sockets has one limit for all of them, and takes nothing of anybody else’s', async () => {
  const { rooms, lobby } = await scriptRooms()
  const access = createAccess({ rooms, sharing: true })
  const commands = createCommands({ rooms, access, lessons: testLessons, log: { error: () => undefined } })
  const { code } = lobby.access
  const actorFor = async (name: string): Promise<Actor> => {
    const { token } = await access.join({ code, name }, nothingBut('token'), '10.0.0.1')
    const grant = await access.grantOf(token)
    // A socket of its own for each command.
    const bucket = { take: () => 0 }
    const from = { clientAddress: '10.0.0.1' }
    return { from, grant: () => grant, bucket, room: () => lobby, presence: null }
  }
  const [eve, ada] = [await actorFor('Eve'), await actorFor('Ada')]
  const began = performance.now()
  const replies = await Promise.all(
    Array.from({ length: 2_000 }, () => commands.run(eve, 'access:share', () => ({ room: LOBBY }))),
  )
  const seconds = (performance.now() - began) / 1_000
  const passed = replies.filter(({ ok }) => ok).length
  expect(passed).toBeGreaterThanOrEqual(PERSON_COMMANDS_BURST)
  expect(passed).toBeLessThanOrEqual(PERSON_COMMANDS_BURST + PERSON_COMMANDS_PER_SECOND * seconds + 1)
  expect(replies.find(({ ok }) => !ok)).toMatchObject({
    code: 'rate-limited',
    retryAfterMs: expect.any(Number),
  })
  expect(await commands.run(ada, 'access:share', () => ({ room: LOBBY }))).toMatchObject({ ok: true })
})
