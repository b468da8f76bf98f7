import net from 'node:net'
import tls from 'node:tls'

/** Bytes a peer may send ahead of what was asked for: a handshake is small, anything larger is another protocol. */
const MAX_AHEAD_BYTES = 1024 * 1024

/** Why an exchange failed: nothing listens, it hung up, it keeps silent, it never stops, or its certificate is not trusted. */
type ExchangeFailure = 'refused' | 'lost' | 'connecting' | 'wrong-protocol' | 'certificate'
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
  /** A name or an address; IPv6 without brackets. */
  host: string
  port: number
  /** With TLS. `ca`: PEM certificates that are trusted instead of those of the system. */
  tls?: { ca?: string }
}

/** `host:port`, as people write it. */
export const addressOf = ({ host, port }: Peer): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`

/** The codes of OpenSSL and Node for a certificate that is not trusted, is out of date, or is for another host. */
const UNTRUSTED =
  /^(CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY|DECODE)_|INVALID_CA|PATH_LENGTH_|ERR_TLS_CERT_|HOSTNAME_MISMATCH)/

/** Whether a connection failed because of the other side's certificate, by the code of its error. */
export const isUntrustedCertificate = (code: string | undefined): boolean => UNTRUSTED.test(code ?? '')

/**
 * What Node's TLS needs to know of a peer. A name is sent to it and checked; so is an address, by the certificate alone.
 * `through`: where to connect instead, which the certificate need not name.
 */
export const tlsOptionsFor = (
  { host, port, tls: { ca } = {} }: Peer,
  through: Pick<Peer, 'host' | 'port'> = { host, port },
): tls.ConnectionOptions => ({
  host: through.host,
  port: through.port,
  ...(net.isIP(host)
    ? {
        checkServerIdentity: (_name: string, certificate: tls.PeerCertificate) =>
          tls.checkServerIdentity(host, certificate),
      }
    : { servername: host }),
  ...(ca === undefined ? {} : { ca }),
})

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
  const where = addressOf(peer)
  if (error.code === 'ECONNREFUSED') return createError('refused', `nothing listens on ${where}`, error)
  if (isUntrustedCertificate(error.code)) {
    const text = `the certificate of ${where} is not trusted: ${error.message} (${error.code})`
    return createError('certificate', text, error)
  }
  if (peer.tls && isNoTls(error)) return createError('wrong-protocol', `${where} does not speak TLS`, error)
  if (peer.tls && HUNG_UP_AT_GREETING.test(error.message)) {
    const text = `${where} hung up at the greeting of TLS: perhaps it does not speak it`
    return createError('lost', text, error)
  }
  return createError('lost', `no connection to ${where}: ${error.code ?? error.message}`, error)
}

/** OpenSSL's errors for an answer that is no TLS. */
export const isNoTls = ({ code = '' }: NodeJS.ErrnoException): boolean =>
  /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNEXPECTED_MESSAGE)$|^EPROTO$/.test(code)

const HUNG_UP_AT_GREETING = /before secure TLS connection was established/

/** Whether a peer answers a TLS greeting with one of its own, whatever its certificate. */
export function speaksTls(peer: Peer, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = tls.connect({ ...tlsOptionsFor(peer), rejectUnauthorized: false })
    const end = (answer: boolean) => () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(end(false), timeoutMs)
    socket.once('secureConnect', end(true))
    socket.once('close', end(false))
    // A peer that wants a certificate of ours refuses only after its own greeting.
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end(/^ERR_SSL_(TLSV\d+_ALERT|SSLV3_ALERT|SSL\/TLS_ALERT)/.test(error.code ?? ''))(),
    )
  })
}

function silence(connected: boolean, greeted: boolean): string {
  if (!connected) return 'cannot be reached: no connection'
  if (!greeted) return 'gives no answer to the greeting of TLS, which perhaps it does not speak,'
  return 'takes connections but gives no answer'
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
  const socket = peer.tls
    ? tls.connect(tlsOptionsFor(peer))
    : net.connect({ host: peer.host, port: peer.port })
  let greeted = !peer.tls
  socket.once('secureConnect', () => {
    greeted = true
  })
  socket.setNoDelay(true)
  socket.on('data', inbox.push)
  socket.on('error', (error) => inbox.fail(connectionError(peer, error, createError)))
  socket.on('close', () => inbox.fail(createError('lost', `${addressOf(peer)} hung up without an answer`)))
  const timer = setTimeout(() => {
    const text = `${addressOf(peer)} ${silence(!socket.connecting, greeted)} within ${timeoutMs} ms`
    inbox.fail(createError('connecting', text))
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
