import type { BrokerSecurity } from '#lib/brokers/contract.ts'
import { parseBrokerUrl } from '#lib/brokers/kit/broker-url.ts'

const DEFAULT_PORT = 6379

/** Where and as whom to connect. */
interface RedisTarget {
  host: string
  port: number
  tls?: { ca?: string }
  username: string | undefined
  password: string | undefined
  /** The number of a database, as the URL has it; empty for the first one. */
  database: string
}

/** Throws TypeError for what is no URL. */
export function parseRedisUrl(url: string, security: BrokerSecurity = {}): RedisTarget {
  const { scheme, host, port = DEFAULT_PORT, username, password, path, query } = parseBrokerUrl(url)
  const tls = scheme === 'rediss' ? { tls: security.tls ?? {} } : {}
  return { host, port, ...tls, username, password, database: path || (query.get('db') ?? '') }
}
