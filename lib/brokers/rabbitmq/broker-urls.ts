import type { BrokerSecurity } from '../contract.ts'
import { bracketed, parseBrokerUrl } from '../kit/broker-url.ts'

/** RabbitMQ's guide recommends 5 to 20 s: below that a busy machine looks dead (rabbitmq.com/docs/heartbeats). */
const HEARTBEAT_S = 10
export const MANAGEMENT_PORT = 15_672
/** RabbitMQ's own port for a management API with TLS (rabbitmq.com/docs/networking#ports). */
const SECURE_MANAGEMENT_PORT = 15_671
const PORT = 5_672
const SECURE_PORT = 5_671
/** The user that every new RabbitMQ has, for this machine only. */
const DEFAULT_LOGIN = 'guest'

/** Where and as whom to connect over AMQP. */
export interface AmqpTarget {
  host: string
  port: number
  tls?: { ca?: string }
  username: string
  password: string
  /** `/` is the default one. */
  vhost: string
  heartbeatS: number
  /** What else the URL asks of the client library: `frameMax`, `channelMax`, `locale`. */
  query: URLSearchParams
}

/** One broker's URLs, parsed once. */
export interface BrokerUrls {
  amqp: AmqpTarget
  management: { origin: string; secure: boolean; ca?: string; authorization: string }
}

/** Throws TypeError for what is no URL. */
export function parseAmqpUrl(url: string, security: BrokerSecurity = {}): AmqpTarget {
  const { scheme, host, port, username, password, path, query } = parseBrokerUrl(url)
  const isSecure = scheme === 'amqps'
  const hasLogin = username !== undefined || password !== undefined
  const heartbeat = query.get('heartbeat')
  return {
    host,
    port: port ?? (isSecure ? SECURE_PORT : PORT),
    ...(isSecure && { tls: security.tls ?? {} }),
    username: hasLogin ? (username ?? '') : DEFAULT_LOGIN,
    password: hasLogin ? (password ?? '') : DEFAULT_LOGIN,
    vhost: path || '/',
    heartbeatS: heartbeat === null ? HEARTBEAT_S : Number(heartbeat),
    query,
  }
}

/**
 * The management API on the broker's host, with its credentials. Where the broker is reached over TLS, so is this: a password
 * that was given for a secure connection never leaves in clear.
 */
export function managementUrlBeside(url: string, port?: number): string {
  const { host, username, password, tls } = parseAmqpUrl(url)
  const login = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`
  const where = bracketed(host)
  if (tls) return `https://${login}@${where}:${port ?? SECURE_MANAGEMENT_PORT}`
  return `http://${login}@${where}:${port ?? MANAGEMENT_PORT}`
}

/** Without `managementUrl`: where `managementUrlBeside` says. Throws TypeError for what is no URL. */
export function parseBrokerUrls(
  url: string,
  managementUrl?: string,
  security: BrokerSecurity = {},
): BrokerUrls {
  const amqp = parseAmqpUrl(url, security)
  const given = managementUrl ?? managementUrlBeside(url)
  const { host, scheme, port, username, password } = parseBrokerUrl(given)
  const isSecure = scheme === 'https'
  const login = `${username ?? amqp.username}:${password ?? amqp.password}`
  const prefix = new URL(given).pathname.replace(/\/$/, '')
  return {
    amqp,
    management: {
      origin: `${scheme}://${bracketed(host)}${port === undefined ? '' : `:${port}`}${prefix}`,
      secure: isSecure,
      ...(isSecure && security.tls?.ca !== undefined && { ca: security.tls.ca }),
      authorization: `Basic ${Buffer.from(login).toString('base64')}`,
    },
  }
}
