import { expect, test } from 'vitest'
import { joinCodeSchema } from '#lib/protocol/join-code.ts'
import { createJoinCodes, isSameCode } from '#lib/rooms/join-codes.ts'
import { scriptRooms } from '../rooms/scripted-rooms.ts'

const codes = createJoinCodes(new Uint8Array(32).fill(1))
const NONE: ReadonlySet<string> = new Set()

test('a join code has six symbols, none of which is taken for another', () => {
  for (let n = 0; n < 500; n += 1) {
    expect(codes.make(`room-${n}`, NONE)).toMatch(/^[ACDEFGHJKMNPQRTUVWXY34679]{6}$/)
  }
})

test('a room has the same code after a restart with the same secret, and another with another', () => {
  const restarted = createJoinCodes(new Uint8Array(32).fill(1))
  const other = createJoinCodes(new Uint8Array(32).fill(2))
  expect(restarted.make('den', NONE)).toBe(codes.make('den', NONE))
  expect(other.make('den', NONE)).not.toBe(codes.make('den', NONE))
})

test('a code that another room has is not given again', () => {
  const first = codes.make('den', NONE)
  expect(codes.make('den', new Set([first]))).not.toBe(first)
})

test('a code may be typed with small letters, spaces and dashes', () => {
  expect(joinCodeSchema.parse(' 7km–4 tx ')).toBe('7KM4TX')
})

test('a room is found by its code as long as it lives', async () => {
  const { rooms } = await scriptRooms()
  const { room } = await rooms.create('den')
  const { code } = room.access
  expect((await rooms.withCode(code))?.name).toBe('den')
  expect((await rooms.get('den')).access.code).toBe(code)
  expect(await rooms.withCode('')).toBeUndefined()
  await rooms.remove('den')
  expect(await rooms.withCode(code)).toBeUndefined()
})

test('codes are compared as wholes', () => {
  expect(isSameCode('7KM4TX', '7KM4TX')).toBe(true)
  for (const other of ['7KM4TA', '7KM4T', '7KM4TXX', '', 'é7KM4T'])
    expect(isSameCode('7KM4TX', other)).toBe(false)
})
