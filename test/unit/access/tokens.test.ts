import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { createTokens, type SignedGrant } from '#lib/access/tokens.ts'

const SECRET = new Uint8Array(32).fill(7)
const NOW = Date.parse('2026-01-01T10:00:00Z')
const HOUR_MS = 3_600_000
const tokens = createTokens(SECRET, () => NOW)
const ADA: SignedGrant = {
  role: 'participant',
  room: 'den',
  person: { id: 'ada-1', name: 'Ada Ünder' },
  expiresAt: NOW + HOUR_MS,
}

const roleOf = async (token: string) => {
  const { role, lacks } = await tokens.verify(token)
  return { role, lacks }
}
const claims = { role: 'presenter', name: 'Eve', sub: 'eve', iss: 'switchboard', exp: NOW / 1_000 + 60 }
const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('a token', () => {
  test('grants what it was signed with', async () => {
    expect(await tokens.verify(await tokens.sign(ADA))).toEqual(ADA)
    const presenter: SignedGrant = { ...ADA, role: 'presenter', room: null }
    expect(await tokens.verify(await tokens.sign(presenter))).toEqual(presenter)
  })

  test('grants nothing once it has ended, and says that it has', async () => {
    const token = await tokens.sign({ ...ADA, expiresAt: NOW - 1_000 })
    expect(await roleOf(token)).toEqual({ role: 'anyone', lacks: 'current-token' })
  })

  test('of another secret grants nothing', async () => {
    const foreign = await createTokens(new Uint8Array(32).fill(8), () => NOW).sign(ADA)
    expect(await roleOf(foreign)).toEqual({ role: 'anyone', lacks: 'valid-token' })
  })

  test('that was altered grants nothing, whichever character it is', async () => {
    const token = await tokens.sign(ADA)
    const [head, , signature] = token.split('.')
    const promoted = `${head}.${base64({ ...claims, role: 'presenter' })}.${signature}`
    const cut = token.slice(0, -2)
    for (const altered of [promoted, cut, `${token}x`, token.replace('.', ''), '', 'x', 'a.b.c']) {
      expect(await roleOf(altered), altered).toEqual({ role: 'anyone', lacks: 'valid-token' })
    }
  })

  test('without a signature, or with one of another kind, grants nothing', async () => {
    const unsigned = `${base64({ alg: 'none' })}.${base64(claims)}.`
    const sign512 = new SignJWT(claims).setProtectedHeader({ alg: 'HS512' })
    const other = await sign512.sign(new Uint8Array(64).fill(7))
    for (const token of [unsigned, other]) {
      expect(await roleOf(token)).toEqual({ role: 'anyone', lacks: 'valid-token' })
    }
  })

  test('signed here, but with claims that no token of ours has, grants nothing', async () => {
    const sign = (payload: object) =>
      new SignJWT({ ...claims, ...payload }).setProtectedHeader({ alg: 'HS256' }).sign(SECRET)
    const faulty = [
      { role: 'owner' },
      { sub: '../x' },
      { name: 'a\u202eb' },
      { room: 'No Room' },
      { iss: 'other' },
    ]
    for (const payload of faulty) {
      expect(await roleOf(await sign(payload)), JSON.stringify(payload)).toMatchObject({ role: 'anyone' })
    }
    expect(await roleOf('x'.repeat(100_000))).toMatchObject({ role: 'anyone' })
  })
})
