import { createHmac } from 'node:crypto'
import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { createTokens, type SignedGrant } from '#lib/access/tokens.ts'
import { openScriptedDoors, type ScriptedDoors } from '../commands/scripted-doors.ts'

/** Tokens that are none, over both doors and in both places in which a request carries one. */

const SECRET = new Uint8Array(32).fill(5)
const MINUTE_MS = 60_000
const EVE: SignedGrant = {
  ...{ role: 'participant', room: 'lobby', person: { id: 'eve', name: 'Eve' } },
  expiresAt: Date.now() + MINUTE_MS,
}
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const exp = Math.floor(Date.now() / 1_000) + 60
const claims = { sub: 'eve', name: 'Eve', role: 'presenter', iss: 'switchboard', exp }
const ours = createTokens(SECRET)
const signed = (payload: object) =>
  new SignJWT({ ...payload }).setProtectedHeader({ alg: 'HS256' }).sign(SECRET)

const BAD: Record<string, () => Promise<string> | string> = {
  'one that has ended': () => ours.sign({ ...EVE, expiresAt: Date.now() - MINUTE_MS }),
  'a presenter’s of another server': () =>
    createTokens(new Uint8Array(32).fill(6)).sign({ ...EVE, role: 'presenter', room: null }),
  'one without a signature': () => `${base64({ alg: 'none' })}.${base64(claims)}.`,
  'one without a signature, spelt otherwise': () =>
    `${base64({ alg: 'nOnE', typ: 'JWT' })}.${base64(claims)}.`,
  'a participant’s with a presenter’s claims': async () => {
    const [head, , signature] = (await ours.sign(EVE)).split('.')
    return `${head}.${base64(claims)}.${signature}`
  },
  'one with another header over the same signature': async () => {
    const [, payload, signature] = (await ours.sign(EVE)).split('.')
    return `${base64({ alg: 'HS512' })}.${payload}.${signature}`
  },
  'one that never ends': () => signed({ ...claims, exp: undefined }),
  'one that begins later': () => signed({ ...claims, nbf: exp }),
  'one of another issuer': () => signed({ ...claims, iss: 'elsewhere' }),
  'one that asks for an extension': () => {
    const text = `${base64({ alg: 'HS256', crit: ['extra'], extra: 1 })}.${base64(claims)}`
    return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`
  },
  'one of a role that there is not': () => signed({ ...claims, role: 'admin' }),
  'one whose claims are a list': () => `${base64({ alg: 'HS256' })}.${base64([claims])}.x`,
  'the key itself': () => Buffer.from(SECRET).toString('base64url'),
  'two in one': async () => `${await ours.sign(EVE)}.${await ours.sign(EVE)}`,
  'a very long one': () => 'x'.repeat(5_000),
  'one with a line of text': () => 'not a token',
}

const openDoors = () => openScriptedDoors({ sharing: true, secret: SECRET })

async function overHttp(doors: ScriptedDoors, headers: Record<string, string>): Promise<unknown> {
  const answer = await doors.request('GET', '/api/rooms/lobby', undefined, headers)
  return answer.status === 200 ? 'let in' : ((await answer.json()) as { code: string }).code
}

async function overSocket(doors: ScriptedDoors, options: object): Promise<unknown> {
  const socket = await doors.connect(options)
  const join = { room: 'lobby', personId: 'eve', name: 'Eve', colour: 1 }
  const reply = await socket.command('room:join', join)
  socket.socket.disconnect()
  return reply.ok ? 'let in' : reply.code
}

describe('an invalid token', () => {
  test('is refused over both doors, in a header, in a cookie and in a handshake; a valid one is accepted', async () => {
    const doors = await openDoors()
    const everywhere = async (token: string) => {
      const cookie = `switchboard=${token}`
      return [
        await overHttp(doors, { authorization: `Bearer ${token}` }),
        await overHttp(doors, { cookie }),
        await overSocket(doors, { auth: { version: 2, token } }),
        await overSocket(doors, { auth: { version: 2 }, extraHeaders: { cookie } }),
      ]
    }
    expect(await everywhere(await ours.sign(EVE))).toEqual(Array(4).fill('let in'))
    for (const [what, make] of Object.entries(BAD)) {
      const token = await make()
      // Beyond what the HTTP server takes as a header at all, a handshake alone can carry it.
      const seen = await everywhere(token)
      expect([what, ...seen]).toEqual([what, ...Array(4).fill('token-needed')])
    }
  })

  test('of any other type than text in a handshake is refused', async () => {
    const doors = await openDoors()
    for (const token of [1, null, {}, [await ours.sign(EVE)], { toString: 'x' }, true])
      expect(await overSocket(doors, { auth: { version: 2, token } })).toBe('token-needed')
  })

  test('is refused even beside a valid one in a cookie', async () => {
    const doors = await openDoors()
    const cookie = `switchboard=${await ours.sign(EVE)}`
    expect(await overHttp(doors, { cookie, authorization: 'Bearer x' })).toBe('token-needed')
  })
})

test('a participant’s token of another room is refused over both doors', async () => {
  const doors = await openDoors()
  await doors.rooms.create('den')
  const token = await ours.sign({ ...EVE, room: 'den' })
  expect(await overHttp(doors, { authorization: `Bearer ${token}` })).toBe('forbidden-room')
  expect(await overSocket(doors, { auth: { version: 2, token } })).toBe('forbidden-room')
})
