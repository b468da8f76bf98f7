import { io } from 'socket.io-client'
import { PROTOCOL_VERSION } from '#lib/protocol/socket.ts'

/**
 * Many watching browsers' sockets in a process of its own: counts what each receives, says so when asked. A socket that
 * fell behind is distinguished from one that got everything.
 */
type Ask = { type: 'open'; url: string; sockets: number; join: boolean } | { type: 'count' }

let events = 0
let batches = 0
let behind = 0
let opened = 0

function openOne(url: string, index: number, join: boolean, total: number): void {
  const socket = io(url, { transports: ['websocket'], forceNew: true, auth: { version: PROTOCOL_VERSION } })
  const isOpen = () => {
    opened += 1
    if (opened === total) process.send?.({ type: 'open' })
  }
  socket.on('connect', () => {
    if (!join) return isOpen()
    socket.emit(
      'room:join',
      { room: 'lobby', personId: `sink-${index}`, name: `Sink ${index}`, colour: index % 8 },
      isOpen,
    )
  })
  socket.on('events', (payload: { events: unknown[] }) => {
    events += payload.events.length
    batches += 1
  })
  socket.on('behind', () => {
    behind += 1
  })
}

process.on('message', (ask: Ask) => {
  if (ask.type === 'open')
    for (let index = 0; index < ask.sockets; index += 1) openOne(ask.url, index, ask.join, ask.sockets)
  else
    process.send?.({ type: 'count', events, batches, behind, at: performance.timeOrigin + performance.now() })
})
process.on('disconnect', () => process.exit(0))
