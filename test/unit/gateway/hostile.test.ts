import fc from 'fast-check'
import { io as connect } from 'socket.io-client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PACKET_MAX_BYTES } from '#lib/gateway/limits.ts'
import { COMMANDS } from '#lib/protocol/command-table.ts'
import { errorCodes } from '#lib/protocol/errors.ts'
import { COMMANDS_BURST, COMMANDS_PER_SECOND } from '#lib/protocol/limits.ts'
import { PROTOCOL_VERSION } from '#lib/protocol/socket.ts'
import { until } from '#test/support/until.ts'
import { type ScriptedGateway, startScriptedGateway } from './scripted-gateway.ts'
import { type ScriptedRoom, scriptRoom } from './scripted-room.ts'

const PAYLOADS = 10_000
/** Client and server share this thread: so many packets at once, then the server's turn to answer. */
const BATCH = 250
/** Far below what a socket waits that is refused like the flood; wide, for machines that are busy with other tests. */
const ANSWERED_WITHIN_MS = 10_000

let script: ScriptedRoom
let gateway: ScriptedGateway
beforeEach(async () => {
  script = scriptRoom('lobby')
  gateway = await startScriptedGateway([script])
})
afterEach(() => gateway.close())

const reserved = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener']
const eventNames = fc.oneof(
  fc.constantFrom(...Object.keys(COMMANDS)),
  fc.constantFrom('error', '__proto__', 'constructor', 'toString', 'events', ''),
  fc.string().filter((name) => !reserved.includes(name)),
)
const payloads = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.dictionary(
    fc.constantFrom('room', 'text', 'to', 'since', 'consumer', '__proto__', 'name'),
    fc.jsonValue({ maxDepth: 2 }),
  ),
  fc.uint8Array({ maxLength: 64 }),
)

describe('arbitrary packets from a socket', () => {
  test(`${PAYLOADS} random payloads, acknowledged or not, bring nothing down and leave nothing behind`, {
    timeout: 120_000,
  }, async () => {
    const hostile = await gateway.connect()
    const calm = await gateway.connect()
    await calm.join('lobby')
    const answers: unknown[] = []
    let asked = 0
    const samples = fc.sample(
      fc.tuple(eventNames, fc.array(payloads, { maxLength: 3 }), fc.boolean()),
      PAYLOADS,
    )
    for (let from = 0; from < PAYLOADS; from += BATCH) {
      for (const [name, args, acknowledged] of samples.slice(from, from + BATCH)) {
        asked += acknowledged ? 1 : 0
        hostile.emit(name, ...args, ...(acknowledged ? [(reply: unknown) => void answers.push(reply)] : []))
      }
      await until('every question answered', () => answers.length === asked)
    }
    for (const answer of answers) {
      const { ok, code } = answer as { ok: boolean; code?: string }
      expect(ok || errorCodes.includes(code as never)).toBe(true)
    }
    hostile.socket.disconnect()
    await until('only the calm one left', () => script.people.length === 1)
    const { seq } = script.say()
    await until('the calm one still live', () => calm.events.at(-1)?.seq === seq)
    expect(script.watchers).toBe(1)
  })

  test('a handshake without auth, or with anything else as auth, is answered with reload', async () => {
    for (const auth of [
      undefined,
      { version: 0 },
      { version: String(PROTOCOL_VERSION) },
      { version: { $gt: 0 } },
    ]) {
      const client = connect(gateway.url, {
        transports: ['websocket'],
        forceNew: true,
        ...(auth ? { auth } : {}),
      })
      expect(await new Promise((resolve) => client.once('reload', resolve))).toEqual({
        version: PROTOCOL_VERSION,
      })
      client.disconnect()
    }
  })

  test('a packet larger than any command ends that connection and no other', async () => {
    const hostile = await gateway.connect({ reconnection: false })
    const calm = await gateway.connect()
    const gone = new Promise((resolve) => hostile.socket.once('disconnect', resolve))
    hostile.emit('message:publish', { text: 'x'.repeat(PACKET_MAX_BYTES) })
    await gone
    await calm.join('lobby')
    expect(script.people).toHaveLength(1)
  })

  test('commands outside a room are refused as wrong-state, unknown ones as command-not-found', async () => {
    const ada = await gateway.connect()
    expect(await ada.command('load:stop', {})).toMatchObject({ ok: false, code: 'wrong-state' })
    const reply = await new Promise((resolve) => ada.emit('room:destroy', {}, resolve))
    expect(reply).toMatchObject({ ok: false, code: 'command-not-found' })
  })

  test('an error inside the dashboard is logged, and its reply reveals nothing about it', async () => {
    const ada = await gateway.connect()
    await ada.join('lobby')
    const reply = await ada.command('load:stop', {})
    expect(reply).toEqual({ ok: false, code: 'internal', message: 'something failed inside the dashboard' })
    expect(gateway.wrong).toHaveLength(1)
  })
})

test('a flood is refused with the time to wait, and does not slow another socket', async () => {
  const flood = await gateway.connect()
  const calm = await gateway.connect()
  await calm.join('lobby')
  await flood.join('lobby')
  const asked = performance.now()
  const replies = Array.from({ length: 2_000 }, () =>
    flood.command('person:update', { name: 'Flood', colour: 2 }),
  )
  const reply = await calm.command('person:update', { name: 'Calm', colour: 3 })
  expect(reply.ok).toBe(true)
  expect(performance.now() - asked).toBeLessThan(ANSWERED_WITHIN_MS)
  const refused = (await Promise.all(replies)).filter((one) => !one.ok)
  // A slow machine earns the flood more commands: the bucket refills while it is answered.
  const seconds = (performance.now() - asked) / 1_000
  expect(replies.length - refused.length).toBeLessThanOrEqual(COMMANDS_BURST + COMMANDS_PER_SECOND * seconds)
  for (const one of refused) {
    expect(one).toMatchObject({ ok: false, code: 'rate-limited' })
    expect(one.ok === false && (one.retryAfterMs ?? 0)).toBeGreaterThan(0)
  }
  const wait = Math.max(...refused.map((one) => (one.ok ? 0 : (one.retryAfterMs ?? 0))))
  await new Promise((resolve) => setTimeout(resolve, wait))
  expect((await flood.command('person:update', { name: 'Flood', colour: 2 })).ok).toBe(true)
})
