import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SEND_BUFFER_BEHIND_BYTES } from '#lib/gateway/limits.ts'
import { FRAME_MS } from '#lib/protocol/limits.ts'
import type { TestSocket } from '#test/support/test-socket.ts'
import { until } from '#test/support/until.ts'
import { type ScriptedGateway, startScriptedGateway } from './scripted-gateway.ts'
import { type ScriptedRoom, scriptRoom } from './scripted-room.ts'

const seqs = (socket: TestSocket) => socket.events.map(({ seq }) => seq)
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

let script: ScriptedRoom
let gateway: ScriptedGateway
beforeEach(async () => {
  script = scriptRoom('lobby', 100_000)
  gateway = await startScriptedGateway([script])
})
afterEach(() => gateway.close())

describe('joining', () => {
  test('live events begin exactly after the snapshot, also amid a burst', async () => {
    const early = await gateway.connect()
    await early.join('lobby')
    const late = await gateway.connect()
    const talk = setInterval(() => range(1, 20).forEach(() => void script.say()), 0)
    const snapshot = await until('some events', () => early.events.length > 100).then(() =>
      late.join('lobby'),
    )
    await until('more events', () => late.events.length > 200)
    clearInterval(talk)
    await until('the last event', () => late.events.at(-1)?.seq === script.seq)
    expect(seqs(late)).toEqual(range(snapshot.seq + 1, script.seq))
    await until('the last event', () => early.events.at(-1)?.seq === script.seq)
    expect(seqs(early)).toEqual(range(seqs(early)[0] ?? 0, script.seq))
  })

  test('the person is present and the room is watched as long as the socket is connected', async () => {
    const ada = await gateway.connect()
    await ada.join('lobby')
    expect(script.people.map(({ name }) => name)).toEqual(['Ada'])
    expect(script.watchers).toBe(1)
    ada.socket.disconnect()
    await until('nobody left', () => script.people.length === 0)
    expect(script.watchers).toBe(0)
    await until('nobody to listen for', () => script.listeners === 0)
  })

  test('joining the same room again changes the name, without anybody coming or going', async () => {
    const ada = await gateway.connect()
    await ada.join('lobby', { personId: 'one' })
    const before = script.seq
    await ada.join('lobby', { personId: 'one', name: 'Grace' })
    expect(script.seq).toBe(before + 1)
    expect(script.people.map(({ name }) => name)).toEqual(['Grace'])
    expect(script.watchers).toBe(1)
  })

  test('an unknown room is refused and leaves the socket where it was', async () => {
    const ada = await gateway.connect()
    await ada.join('lobby')
    await expect(ada.join('nowhere')).rejects.toThrow('room-not-found')
    expect(script.people).toHaveLength(1)
    script.say()
    await until('the event', () => ada.events.at(-1)?.seq === script.seq)
  })

  test('a removed room notifies every socket in it', async () => {
    const ada = await gateway.connect()
    await ada.join('lobby')
    const closed = new Promise((resolve) => ada.socket.once('closed', resolve))
    script.closeRoom()
    expect(await closed).toEqual({ room: 'lobby' })
    expect(script.listeners).toBe(0)
  })
})

describe('batches', () => {
  test('a burst takes one batch a frame, in order, and is encoded once for all sockets', async () => {
    const sockets = await Promise.all(range(1, 10).map(() => gateway.connect()))
    for (const socket of sockets) await socket.join('lobby')
    script.say()
    await until('everyone to have heard', () =>
      sockets.every(({ events }) => events.at(-1)?.seq === script.seq),
    )
    const encode = vi.spyOn(
      (gateway.io.of('/').adapter as unknown as { encoder: { encode(packet: unknown): unknown } }).encoder,
      'encode',
    )
    const first = script.seq + 1
    const frames = 10
    const started = performance.now()
    while (performance.now() - started < frames * FRAME_MS) {
      range(1, 50).forEach(() => void script.say())
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until('all of it', () => sockets.every(({ events }) => events.at(-1)?.seq === script.seq))
    for (const { events } of sockets)
      expect(events.filter(({ seq }) => seq >= first).map(({ seq }) => seq)).toEqual(range(first, script.seq))
    const batches = sockets[0]?.batches.filter((batch) => (batch[0]?.seq ?? 0) >= first).length
    expect(encode).toHaveBeenCalledTimes(batches ?? 0)
    // Some leave at once in each frame, the rest at its end; the machine may stretch the time.
    const elapsedFrames = (performance.now() - started) / FRAME_MS
    expect(batches).toBeLessThan(elapsedFrames * 20)
  })

  test('a lone event does not wait for a frame', async () => {
    const ada = await gateway.connect()
    await ada.join('lobby')
    const waits: number[] = []
    for (let round = 0; round < 40; round += 1) {
      // Quiet for more than a frame: whoever held a lone event back to the end of one would now do so every time.
      await new Promise((resolve) => setTimeout(resolve, FRAME_MS + 4))
      const said = performance.now()
      const arrived = new Promise<number>((resolve) =>
        ada.socket.once('events', () => resolve(performance.now() - said)),
      )
      script.say()
      waits.push(await arrived)
    }
    waits.sort((a, b) => a - b)
    // A busy machine delays most of them; to hold one back would delay all of them by a frame.
    expect(waits[3]).toBeLessThan(FRAME_MS * 0.75)
  })
})

describe('a socket that reads too slowly', () => {
  const bigText = 'x'.repeat(8_000)
  const pause = (socket: TestSocket) => {
    // The WebSocket below the client stops reading; what the server sends piles up.
    const transport = socket.socket.io.engine.transport as unknown as {
      ws: { pause(): void; resume(): void }
    }
    transport.ws.pause()
    return () => transport.ws.resume()
  }

  test('is notified after which event it missed some, catches up completely, and slows nobody', async () => {
    const slow = await gateway.connect()
    const quick = await gateway.connect()
    const { seq: joined } = await slow.join('lobby')
    await quick.join('lobby')
    const behind = new Promise<{ seq: number }>((resolve) => slow.socket.once('behind', resolve))
    const resume = pause(slow)

    const worst = { ms: 0 }
    for (let sent = 0; sent < 3_000; sent += 1) {
      script.say(bigText)
      if (sent % 100 !== 0) continue
      const said = performance.now()
      await until('the quick one', () => quick.events.at(-1)?.seq === script.seq, { everyMs: 1 })
      worst.ms = Math.max(worst.ms, performance.now() - said)
    }
    expect(worst.ms).toBeLessThan(1_000)
    const held = [...gateway.io.of('/').sockets.values()].map(({ conn }) =>
      Number(Reflect.get(Reflect.get(conn.transport, 'socket'), 'bufferedAmount')),
    )
    expect(Math.max(...held)).toBeLessThan(SEND_BUFFER_BEHIND_BYTES * 4)

    resume()
    const { seq } = await behind
    expect(seqs(slow)).toEqual(range(joined + 1, seq))
    expect(seq).toBeLessThan(script.seq)

    const known = [...slow.events]
    const here = () => ({ epoch: 'epoch-1', seq: known.at(-1)?.seq ?? 0 })
    known.push(...(await slow.catchUp(here())))
    await slow.join('lobby', { since: here() })
    script.say()
    known.push(...(await slow.catchUp(here())))
    await until('live again', () => slow.events.at(-1)?.seq === script.seq)
    const live = slow.events.filter((event) => event.seq > (known.at(-1)?.seq ?? 0))
    expect([...known, ...live].map((event) => event.seq)).toEqual(range(joined + 1, script.seq))
  })
})
