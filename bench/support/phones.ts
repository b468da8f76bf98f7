import { EventEmitter } from 'node:events'
import { io, type Socket } from 'socket.io-client'
import { PROTOCOL_VERSION } from '#lib/protocol/version.ts'

/**
 * A hall of phones in a process of its own: each a real socket that joins a room and takes a seat. Frames are searched, not
 * parsed: a real phone parses on its own processor, and hundreds of them here would take the server's.
 */
type Ask =
  | { type: 'join'; url: string; room: string; phones: number }
  | { type: 'watch'; text: string }
  | { type: 'seen' }

/** Phones that are on their way into the room at the same time. */
const TOGETHER = 50

/** Socket.IO's kinds of packets that a phone meets. */
const CONNECT = 0
const EVENT = 2
const ANSWER = 3

interface Packet {
  type: number
  data: unknown
  id?: number
  nsp?: string
}

/** Socket.IO's text frames, without a look into what they hold. */
class Encoder {
  encode({ type, data, id = undefined }: Packet): string[] {
    return [`${type}${id ?? ''}${data === undefined ? '' : JSON.stringify(data)}`]
  }
}
class Decoder extends EventEmitter {
  add(frame: string): void {
    const type = Number(frame[0])
    const id = /^\d+/.exec(frame.slice(1))?.[0]
    const packet: Packet = { type, nsp: '/', data: [frame] }
    if (type === CONNECT) packet.data = { sid: 'phone' }
    if (type === EVENT) packet.data = ['frame', frame]
    if (type === ANSWER && id !== undefined) packet.id = Number(id)
    this.emit('decoded', packet)
  }
  destroy(): void {
    this.removeAllListeners()
  }
}

interface Phone {
  socket: Socket
  /** When it first saw the text that is watched for. */
  seenAt: number | null
}

const now = () => performance.timeOrigin + performance.now()
const phones: Phone[] = []
let watched = ''

function openPhone(url: string): Promise<Phone> {
  const socket = io(url, {
    auth: { version: PROTOCOL_VERSION },
    transports: ['websocket'],
    forceNew: true,
    parser: { Encoder, Decoder },
  })
  const phone: Phone = { socket, seenAt: null }
  socket.on('frame', (frame: string) => {
    if (watched !== '' && phone.seenAt === null && frame.includes(watched)) phone.seenAt = now()
  })
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(phone))
    socket.once('connect_error', reject)
  })
}

const ask = async ({ socket }: Phone, event: string, input: object): Promise<void> => {
  const reply: string = await socket.emitWithAck(event, input)
  if (!reply.includes('"ok":true')) throw new Error(`${event}: ${reply}`)
}

async function joinAll({ url, room, phones: count }: Extract<Ask, { type: 'join' }>): Promise<void> {
  let next = 0
  const joinOnes = async () => {
    while (next < count) {
      const index = next
      next += 1
      const phone = await openPhone(url)
      phones.push(phone)
      await ask(phone, 'room:join', {
        room,
        personId: `phone-${index}`,
        name: `Phone ${index}`,
        colour: index % 8,
      })
      await ask(phone, 'seat:take', {})
    }
  }
  await Promise.all(Array.from({ length: TOGETHER }, joinOnes))
}

process.on('message', (message: Ask) => {
  if (message.type === 'join') {
    const from = now()
    joinAll(message).then(
      () => process.send?.({ type: 'joined', ms: now() - from }),
      (error: unknown) => process.send?.({ type: 'joined', ms: 0, failed: String(error) }),
    )
  } else if (message.type === 'watch') {
    watched = message.text
    for (const phone of phones) phone.seenAt = null
    process.send?.({ type: 'watching' })
  } else {
    const at = phones.map(({ seenAt }) => seenAt)
    process.send?.({ type: 'seen', at })
  }
})
process.on('disconnect', () => process.exit(0))
