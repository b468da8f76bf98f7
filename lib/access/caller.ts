import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/**
 * Whose X-Forwarded headers say where a request comes from: `nobody`, so that only the connection counts; `whoever-connects`,
 * where one proxy stands in front of everything; or the proxies with these addresses.
 */
export type TrustedProxies = 'nobody' | 'whoever-connects' | readonly string[]

/** Who asks, as far as can be known. */
export interface Caller {
  address: string
  host: string | undefined
  /** The browser reached the proxy over TLS. */
  secure: boolean
}

export type CallerOf = (request: Asked) => Caller

/** A request, or as much of one as says where it comes from. */
export interface Asked {
  readonly headers: IncomingMessage['headers']
  readonly socket?: { readonly remoteAddress?: string | undefined }
}

/**
 * `X-Forwarded-For`, `-Host` and `-Proto` count only where they were written by a proxy that is trusted: anybody can
 * send them.
 */
export function createCallerOf(trusted: TrustedProxies): CallerOf {
  const isTrusted = (address: string): boolean =>
    trusted === 'whoever-connects' || (trusted !== 'nobody' && trusted.includes(plainAddress(address)))

  return ({ headers, socket }) => {
    const peer = plainAddress(socket?.remoteAddress ?? 'unknown')
    if (!isTrusted(peer)) return { address: peer, host: headers.host, secure: false }
    const hops = listOf(headers['x-forwarded-for']).map(plainAddress)
    // Each proxy adds whom it was connected by: the last that is no proxy of ours is who asks.
    const from = trusted === 'whoever-connects' ? hops.at(-1) : hops.findLast((hop) => !isTrusted(hop))
    return {
      address: from !== undefined && isIP(from) !== 0 ? from : peer,
      host: listOf(headers['x-forwarded-host']).at(-1) ?? headers.host,
      secure: listOf(headers['x-forwarded-proto']).at(-1)?.toLowerCase() === 'https',
    }
  }
}

/** Nobody is trusted: the connection alone says who asks. */
export const callerOfConnection: CallerOf = createCallerOf('nobody')

const listOf = (value: string | string[] | undefined): string[] =>
  [value ?? []]
    .flat()
    .flatMap((line) => line.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')

/** IPv4 over an IPv6 socket is written as IPv4. */
const plainAddress = (address: string): string =>
  address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
