import { io, type Socket } from 'socket.io-client'
import { PROTOCOL_VERSION } from '#lib/protocol/version.ts'

/**
 * Sockets in a process of their own that send as fast as they can, without waiting for an answer: commands of every kind,
 * unknown ones, the largest payloads, and frames that are no packets. Who is cut off comes back at once.
 */
type Ask =
  | { type: 'flood'; url: string; room: string; sockets: number }
  | { type: 'crowd'; url: string; room: string; sockets: number; joins: number }
  | { type: 'count' }

/** What a socket may have written that is not sent yet, before it pauses for its kernel. */
const WRITTEN_MAX_BYTES = 1024 * 1024
const BURST = 50
const LARGE_CHARS = 200_000
const RETRY_MS = 100

interface WebSocketLike {
  readonly bufferedAmount: number
  send(frame: string): void
}
const counts = { sent: 0, answered: 0, refused: 0, cut: 0, codes: {} as Record<string, number> }

const large = 'x'.repeat(LARGE_CHARS)
/** One kind for each socket by turns. */
const KINDS: ReadonlyArray<readonly [event: string, input: object]> = [
  ['message:publish', { text: 'flood', to: [{ system: 'redis' }] }],
  ['person:update', { name: 'Flood', colour: 1 }],
  ['consumer:update', { consumer: 'worker-1', settings: { prefetch: 3 } }],
  ['no:such:event', { a: 1 }],
  ['message:publish', { text: large, to: [{ system: 'redis' }] }],
  ['room:events', { since: { epoch: 'x', seq: 0 } }],
]
const BROKEN = ['2', '42', '42["a"', '451-["x",{"_placeholder":true,"num":0}]', '9', '42[{}]', '\u0000', '4']

const webSocketOf = (socket: Socket): WebSocketLike | undefined => {
  const transport: unknown = Reflect.get(socket.io.engine ?? {}, 'transport')
  return (transport && Reflect.get(transport as object, 'ws')) as WebSocketLike | undefined
}

function note(reply: { ok?: boolean; code?: string }): void {
  counts.answered += 1
  if (reply.ok) return
  counts.refused += 1
  const code = reply.code ?? 'none'
  counts.codes[code] = (counts.codes[code] ?? 0) + 1
}

function floodFrom(url: string, room: string, index: number): void {
  const socket = io(url, { transports: ['websocket'], forceNew: true, auth: { version: PROTOCOL_VERSION } })
  const kind = KINDS[index % (KINDS.length + 1)]
  socket.on('connect', () => {
    const join = { room, personId: `flood-${index}`, name: `Flood ${index}`, colour: index % 8 }
    socket.emit('room:join', join, note)
  })
  socket.on('disconnect', () => {
    counts.cut += 1
    if (!socket.active) setTimeout(() => socket.connect(), 10)
  })
  const send = () => {
    const ws = webSocketOf(socket)
    for (let n = 0; n < BURST && socket.connected && ws; n += 1) {
      if (ws.bufferedAmount > WRITTEN_MAX_BYTES) break
      counts.sent += 1
      if (kind) socket.emit(kind[0], kind[1], note)
      else ws.send(BROKEN[n % BROKEN.length] ?? '')
    }
    setTimeout(send, 0)
  }
  send()
}

/** Somebody new comes and goes, again and again: joins that are refused for the moment are counted, and made again. */
async function comeAndGo(
  { url, room, joins, sockets }: Extract<Ask, { type: 'crowd' }>,
  index: number,
): Promise<void> {
  const socket = io(url, { transports: ['websocket'], forceNew: true, auth: { version: PROTOCOL_VERSION } })
  for (let n = 0; n < joins / sockets; ) {
    const person = { personId: `crowd-${index}-${n}`, name: `Guest ${index}-${n}`, colour: n % 8 }
    const reply = await socket.emitWithAck('room:join', { room, ...person })
    note(reply)
    if (reply.ok) n += 1
    else await new Promise((resolve) => setTimeout(resolve, reply.retryAfterMs ?? RETRY_MS))
    await socket.emitWithAck('room:leave', {})
  }
  socket.disconnect()
}

process.on('message', (message: Ask) => {
  if (message.type === 'crowd') {
    const from = performance.now()
    const all = Array.from({ length: message.sockets }, (_, index) => comeAndGo(message, index))
    void Promise.all(all).then(() =>
      process.send?.({ type: 'gone', ms: performance.now() - from, refused: counts.refused }),
    )
  } else if (message.type === 'flood') {
    for (let index = 0; index < message.sockets; index += 1) floodFrom(message.url, message.room, index)
  } else process.send?.({ type: 'count', ...counts })
})
process.on('disconnect', () => process.exit(0))
