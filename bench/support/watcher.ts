import { randomUUID } from 'node:crypto'
import { io, type Socket } from 'socket.io-client'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { PROTOCOL_VERSION } from '#lib/protocol/socket.ts'

/** A socket in a room, as a browser tab has one. */
export interface Watcher {
  /** Milliseconds from a publish until this same socket sees the message delivered. */
  roundTrip(to: { system: string; destination: string }): Promise<number>
  close(): void
}

/** A round trip that takes longer has lost its message. */
const LOST_AFTER_MS = 10_000

export async function openWatcher(url: string, room: string): Promise<Watcher> {
  const socket: Socket = io(url, {
    transports: ['websocket'],
    forceNew: true,
    auth: { version: PROTOCOL_VERSION },
  })
  const waiting = new Map<string, () => void>()
  await new Promise<void>((resolve, reject) => {
    socket.on('connect_error', reject)
    socket.on('connect', () =>
      socket.emit('room:join', { room, personId: 'bench', name: 'Bench', colour: 0 }, () => resolve()),
    )
  })
  socket.on('events', (payload: { events: RoomEvent[] }) => {
    for (const event of payload.events) if (event.kind === 'delivered') waiting.get(event.messageId)?.()
  })
  return {
    roundTrip: ({ system, destination }) =>
      new Promise((resolve, reject) => {
        const id = randomUUID()
        const lost = setTimeout(() => reject(new Error(`a message to ${system} never came`)), LOST_AFTER_MS)
        const begun = performance.now()
        waiting.set(id, () => {
          const took = performance.now() - begun
          waiting.delete(id)
          clearTimeout(lost)
          resolve(took)
        })
        socket.emit(
          'message:publish',
          { id, text: 'how long does this take?', to: [{ system, destination }] },
          (reply: { ok: boolean }) => {
            if (!reply.ok) reject(new Error(`refused: ${JSON.stringify(reply)}`))
          },
        )
      }),
    close: () => socket.close(),
  }
}

/** A socket to the echo server: what a message to a server and back costs alone. */
export async function openEcho(port: number): Promise<{ roundTrip(): Promise<number>; close(): void }> {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true })
  await new Promise<void>((resolve) => socket.on('connect', () => resolve()))
  return {
    roundTrip: () =>
      new Promise((resolve) => {
        const begun = performance.now()
        socket.once('echo', () => resolve(performance.now() - begun))
        socket.emit('echo', { id: randomUUID(), text: 'how long does this take?' })
      }),
    close: () => void socket.close(),
  }
}
