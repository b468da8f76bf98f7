import net from 'node:net'
import tls from 'node:tls'

/** Bytes a peer may send ahead of what was asked for: a handshake is small, anything larger is another protocol. */
const MAX_AHEAD_BYTES = 1024 * 1024

/** Why an exchange failed: nothing listens, it hung up, it keeps silent, or it never stops. */
type ExchangeFailure = 'refused' | 'lost' | 'connecting' | 'wrong-protocol'
type Fail = (code: ExchangeFailure, text: string, cause?: unknown) => Error

/** One short exchange of bytes with a server, without its client library. */
export interface TcpExchange {
  send(bytes: Uint8Array): void
  /** Exactly so many bytes. */
  read(length: number): Promise<Buffer>
  /** Up to CRLF, without it. */
  readLine(): Promise<string>
}

export interface Peer {
  host: string
  port: number
  secure?: boolean
}

const addressOf = ({ host, port }: Peer): string => `${host}:${port}`

/** What arrived and was not yet read; one reader at a time. */
function createInbox(createError: Fail) {
  let held: Buffer = Buffer.alloc(0)
  let failure: Error | undefined
  let wake: (() => void) | undefined

  const take = async (lengthOf: (held: Buffer) => number | undefined): Promise<Buffer> => {
    for (;;) {
      const length = lengthOf(held)
      if (length !== undefined && length <= held.length) {
        const taken = held.subarray(0, length)
        held = held.subarray(length)
        return taken
      }
      if (failure) throw failure
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return {
    take,
    push(bytes: Buffer) {
      held = Buffer.concat([held, bytes])
      if (held.length > MAX_AHEAD_BYTES) failure ??= createError('wrong-protocol', 'it sends without end')
      wake?.()
    },
    fail(error: Error) {
      failure ??= error
      wake?.()
    },
  }
}

function connectionError(peer: Peer, error: NodeJS.ErrnoException, createError: Fail): Error {
  const nothingThere = error.code === 'ECONNREFUSED'
  const text = nothingThere
    ? `nothing listens on ${addressOf(peer)}`
    : `no connection to ${addressOf(peer)}: ${error.code ?? error.message}`
  return createError(nothingThere ? 'refused' : 'lost', text, error)
}

/**
 * Connects, talks, and always closes the socket; one deadline for all of it. Rejects with what
 * `createError` makes of the failure.
 */
export async function exchange<T>(
  peer: Peer,
  timeoutMs: number,
  talk: (tcp: TcpExchange) => Promise<T>,
  createError: Fail,
): Promise<T> {
  const inbox = createInbox(createError)
  // URLs write IPv6 addresses in brackets.
  const host = peer.host.replace(/^\[|\]$/g, '')
  const socket = peer.secure
    ? tls.connect({ host, port: peer.port, servername: net.isIP(host) ? '' : host })
    : net.connect({ host, port: peer.port })
  socket.setNoDelay(true)
  socket.on('data', inbox.push)
  socket.on('error', (error) => inbox.fail(connectionError(peer, error, createError)))
  socket.on('close', () => inbox.fail(createError('lost', `${addressOf(peer)} hung up without an answer`)))
  const timer = setTimeout(() => {
    const what = socket.connecting
      ? 'cannot be reached: no connection'
      : 'takes connections but gives no answer'
    inbox.fail(createError('connecting', `${addressOf(peer)} ${what} within ${timeoutMs} ms`))
  }, timeoutMs)
  try {
    return await talk({
      send: (bytes) => void socket.write(bytes),
      read: (length) => inbox.take(() => length),
      readLine: async () => {
        const line = await inbox.take((held) => {
          const end = held.indexOf('\r\n')
          return end < 0 ? undefined : end + 2
        })
        return line.subarray(0, -2).toString('utf8')
      },
    })
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

/** What a peer of another protocol said first, fit for one line of a report. */
export const asSeen = (bytes: Uint8Array): string =>
  JSON.stringify(Buffer.from(bytes.subarray(0, 24)).toString('latin1'))
