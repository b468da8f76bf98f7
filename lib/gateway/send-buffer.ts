import type { Socket } from 'socket.io'
import { PACKET_OVERHEAD_BYTES } from './limits.ts'

/** What has been sent to a socket and not been taken by it. */
export interface SendBuffer {
  /** Bytes that its kernel has not taken. */
  bytes(): number
}

type Connection = Socket['conn']

/**
 * Counts by Engine.IO's own events: `packetCreate` for what joins its queue, `flush` when the queue goes to the transport,
 * whose WebSocket knows what it still buffers. The listeners live as long as the connection.
 */
export function observeSendBuffer(connection: Connection): SendBuffer {
  let queued = 0
  connection.on('packetCreate', (packet: { data?: unknown }) => {
    queued += PACKET_OVERHEAD_BYTES + sizeOf(packet.data)
  })
  connection.on('flush', () => {
    queued = 0
  })
  return { bytes: () => queued + bufferedBytes(connection.transport) }
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string') return data.length
  return ArrayBuffer.isView(data) ? data.byteLength : 0
}

/** A WebSocket transport holds its `ws` socket; long polling has none and keeps everything in the queue above. */
function bufferedBytes(transport: object): number {
  const socket: unknown = Reflect.get(transport, 'socket')
  if (typeof socket !== 'object' || socket === null) return 0
  const buffered: unknown = Reflect.get(socket, 'bufferedAmount')
  return typeof buffered === 'number' ? buffered : 0
}
