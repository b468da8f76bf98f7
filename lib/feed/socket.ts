import { io, type Socket } from 'socket.io-client'
import type { CommandInput, CommandName, CommandOutput } from '#lib/protocol/command-table.ts'
import type { Reply } from '#lib/protocol/errors.ts'
import type { ClientToServer, ServerToClient } from '#lib/protocol/socket.ts'
import { PROTOCOL_VERSION } from '#lib/protocol/version.ts'
import { pageAddress } from '#lib/util/page-address.ts'

export type FeedSocket = Socket<ServerToClient, ClientToServer>

/** First and longest wait between tries to reconnect: a restarted server is found within two seconds. */
const RECONNECT_FIRST_MS = 200
const RECONNECT_MAX_MS = 2_000

/** `timeout`: connected, but no answer came. `cut`: the connection ended first. In both cases it may have been done. */
export type Answer<C extends CommandName> =
  | { got: 'reply'; reply: Reply<CommandOutput<C>> }
  | { got: 'nothing'; because: 'timeout' | 'cut' | 'not-connected' }

/**
 * A socket of one feed, on a connection of its own. WebSocket first, HTTP polling where a proxy in between allows
 * nothing else. It reconnects by itself; Socket.IO 4 has no memory of what was sent before, so nothing is sent twice.
 */
export function openSocket(url: string | undefined): FeedSocket {
  const options = {
    path: pageAddress('/socket.io'),
    auth: { version: PROTOCOL_VERSION },
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    forceNew: true,
    reconnectionDelay: RECONNECT_FIRST_MS,
    reconnectionDelayMax: RECONNECT_MAX_MS,
  }
  const socket: FeedSocket = url === undefined ? io(options) : io(url, options)
  // Socket.IO keeps a packet that is sent when the pings have just expired for the next connection: drop it.
  socket.on('disconnect', () => {
    socket.sendBuffer = []
  })
  return socket
}

/** Socket.IO's own types cannot follow a generic event name; `COMMANDS` is what pairs it with its input and output. */
interface Emitter<C extends CommandName> {
  emit(
    name: C,
    input: CommandInput<C>,
    acknowledge: (error: Error | null, reply: Reply<CommandOutput<C>>) => void,
  ): unknown
}

/**
 * Sends one command and calls `done` in the same turn in which its answer came, before any later packet. Never sends
 * while disconnected: Socket.IO would keep the packet and send it on reconnection, unnoticed by the person.
 */
export function askThen<C extends CommandName>(
  socket: FeedSocket,
  name: C,
  input: CommandInput<C>,
  timeoutMs: number,
  done: (answer: Answer<C>) => void,
): void {
  if (!socket.connected) {
    done({ got: 'nothing', because: 'not-connected' })
    return
  }
  const timed = socket.timeout(timeoutMs) as unknown as Emitter<C>
  timed.emit(name, input, (error, reply) => {
    if (error) done({ got: 'nothing', because: socket.connected ? 'timeout' : 'cut' })
    else done({ got: 'reply', reply })
  })
}

/** The same as a promise: later packets may be handled before the caller goes on. Never rejects. */
export const askOnce = <C extends CommandName>(
  socket: FeedSocket,
  name: C,
  input: CommandInput<C>,
  timeoutMs: number,
): Promise<Answer<C>> => new Promise((resolve) => askThen(socket, name, input, timeoutMs, resolve))
