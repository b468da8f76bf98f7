/** The parts of a broker's URL, decoded. */
interface BrokerUrl {
  /** Without its colon: `amqp`, `rediss`. */
  scheme: string
  /** A name or an address; IPv6 without its brackets. */
  host: string
  port: number | undefined
  username: string | undefined
  password: string | undefined
  /** What follows the first slash; empty where there is nothing. */
  path: string
  query: URLSearchParams
}

/**
 * Reads a broker's URL as people write it: a percent sign that encodes nothing stands for itself, and non-ASCII characters
 * need no encoding. The client libraries differ in this, so they are given the parts. Throws TypeError for what is no URL.
 */
export function parseBrokerUrl(url: string): BrokerUrl {
  const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(url.trim())
  return {
    scheme: protocol.slice(0, -1),
    host: decoded(hostname).replace(/^\[|\]$/g, ''),
    port: port === '' ? undefined : Number(port),
    username: decoded(username) || undefined,
    password: decoded(password) || undefined,
    path: decoded(pathname.slice(1)),
    query: searchParams,
  }
}

/** A run of percent-encoded bytes, which are UTF-8 together. */
const ENCODED = /(?:%[0-9a-f]{2})+/gi

const decoded = (part: string): string =>
  part.replace(ENCODED, (run) => {
    try {
      return decodeURIComponent(run)
    } catch (error) {
      // Bytes that are no UTF-8 were not meant as an encoding.
      if (error instanceof URIError) return run
      throw error
    }
  })

/** A host as URLs and lists write it: IPv6 in brackets. */
export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)
