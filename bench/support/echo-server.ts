import { createServer } from 'node:http'
import { Server } from 'socket.io'

/**
 * A bare Socket.IO server in a process of its own, with the dashboard's own transport options: what a message costs
 * that only goes to a server and back, or only to every socket. Prints its port, ends when its parent does.
 */

/** Packets waiting at the slowest socket beyond which the broadcast pauses, as any sender that must not drown would. */
const WAITING_MAX = 8

const http = createServer()
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false })

io.on('connection', (socket) => {
  socket.on('echo', (payload: unknown) => socket.emit('echo', payload))
})

function mostWaiting(): number {
  let most = 0
  for (const socket of io.sockets.sockets.values())
    most = Math.max(most, (socket.conn as unknown as { writeBuffer: unknown[] }).writeBuffer.length)
  return most
}

/** Sends the same batch to every socket as fast as the slowest takes it in. */
function broadcast(events: unknown[], durationMs: number): void {
  const until = performance.now() + durationMs
  const turn = () => {
    if (performance.now() >= until) {
      process.send?.({ type: 'done' })
      return
    }
    if (mostWaiting() < WAITING_MAX) io.emit('events', { room: 'bench', events })
    setImmediate(turn)
  }
  turn()
}

process.on('message', (message: { type: 'broadcast'; events: unknown[]; durationMs: number }) =>
  broadcast(message.events, message.durationMs),
)
process.on('disconnect', () => process.exit(0))
http.listen(0, '127.0.0.1', () => {
  const address = http.address()
  if (address !== null && typeof address !== 'string')
    process.send?.({ type: 'listening', port: address.port })
})
