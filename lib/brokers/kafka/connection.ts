import net from 'node:net'
import tls from 'node:tls'
import {
  type Consumer,
  type ISocketFactoryArgs,
  Kafka,
  type LogEntry,
  type Logger,
  logLevel,
  type RetryOptions,
  type SASLOptions,
} from 'kafkajs'
import { createSignal } from '#lib/util/emitter.ts'
import { type Peer, tlsOptionsFor } from '#lib/util/tcp-exchange.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { BrokerSecurity, ConnectionRoute, DriverLog } from '../contract.ts'
import { rangeAssigner } from './assigner.ts'
import type { Seed } from './brokers.ts'
import { patchKafkajs } from './kafkajs-patches.ts'
import { SESSION_TIMEOUT_MS } from './profile.ts'

/** A local broker accepts within a millisecond; a second covers a busy machine and a broker in the next room. */
const CONNECTION_TIMEOUT_MS = 1_000
/** kafkajs waits twice the connection timeout and this long for its lock while connecting. */
const AUTHENTICATION_TIMEOUT_MS = 2_000
/** With TLS, greetings go to and fro twice more, and keys are computed. */
const TLS_CONNECTION_TIMEOUT_MS = 2_500
/** Longest wait for a response, except where the request itself waits (fetch, join). */
const REQUEST_TIMEOUT_MS = 5_000
const KEEP_ALIVE_MS = 30_000

const STEPS = { initialRetryTime: 100, maxRetryTime: 500, factor: 0.2, multiplier: 1.5 }
/**
 * Covers what passes within a moment (a coordinator that is loading, a leader being elected), 2.8 s in all. It does not
 * cover an outage, which the driver watches for.
 */
export const RETRY: RetryOptions = { ...STEPS, retries: 8 }
/**
 * Connecting is retried for as long as the membership lasts: a member that finds its broker again keeps its place in the
 * group, where a new one would wait until the old one's session timeout. Cutting the connection ends the retries at once.
 */
export const MEMBER_RETRY = { ...STEPS, retries: Number.MAX_SAFE_INTEGER }
const GROUP_RETRY = { ...STEPS, retries: 10 }

/** How soon a member learns of a rebalance: a third member joins in 0.35 s, against 1.35 s with kafkajs's 3 s. */
const HEARTBEAT_INTERVAL_MS = 500
/** How long the broker lets a member take to join again in a rebalance. */
const REBALANCE_TIMEOUT_MS = 10_000
/** How long a fetch waits for the first byte: kafkajs asks for all partitions of a broker in one request. */
const FETCH_WAIT_FEW_MS = 100
const FETCH_WAIT_MANY_MS = 250
/** Up to this many consumers of a process, short waits cost little. */
const FEW_CONSUMERS = 12
/** How soon added partitions are noticed and assigned; it costs a small request each time. */
const METADATA_AGE_MS = 2_000

export interface ConnectionOptions {
  brokers: readonly Seed[]
  security?: BrokerSecurity
  clientId: string
  log: DriverLog
  /** Gets what kafkajs logs, what it says of groups down to debug level: some facts appear only there. */
  onLogEntry?(entry: LogEntry): void
  /** How often kafkajs retries to connect and to find the broker in charge; RETRY when absent. */
  retry?: RetryOptions
  /** Absent: straight to the brokers. */
  route?: ConnectionRoute | undefined
}

/**
 * One kafkajs instance with sockets of its own, which can be cut for good: afterwards it opens no further one, so that
 * nothing it still holds is sent. kafkajs by itself reconnects a destroyed socket in the same group generation, and waits
 * for ever after a plain `destroy()`; an error makes it let go. `cut` ends it; there is nothing else to close.
 */
export class Connection {
  readonly kafka: Kafka
  readonly #brokers: readonly Seed[]
  readonly #tls: BrokerSecurity['tls']
  readonly #route: ConnectionRoute | undefined
  readonly #sockets = new Set<net.Socket>()
  readonly #lost = createSignal<void>()
  #cutReason: string | undefined
  /** An established connection ended, whoever ended it. */
  readonly onLost = this.#lost.on

  constructor({ brokers, security = {}, clientId, log, onLogEntry, retry, route }: ConnectionOptions) {
    patchKafkajs()
    const { tls: secure, sasl } = security
    this.#brokers = brokers
    this.#tls = secure
    this.#route = route
    this.kafka = new Kafka({
      // An empty list is the one answer after which kafkajs doesn't retry.
      brokers: () => (this.isCut ? [] : brokers.map(seedName)),
      // The sockets are made here, with TLS or without.
      ssl: secure !== undefined,
      ...(sasl && { sasl: saslOf(sasl) }),
      clientId,
      connectionTimeout: secure ? TLS_CONNECTION_TIMEOUT_MS : CONNECTION_TIMEOUT_MS,
      authenticationTimeout: AUTHENTICATION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      enforceRequestTimeout: true,
      retry: retry ?? RETRY,
      socketFactory: (peer) => this.#openSocket(peer),
      logLevel: logLevel.INFO,
      logCreator: () => (entry) => {
        onLogEntry?.(entry)
        if (entry.level === logLevel.DEBUG) return
        const { message, timestamp: _timestamp, logger: _logger, ...details } = entry.log
        log.debug({ ...details, from: entry.namespace, level: entry.label }, `kafkajs: ${message}`)
      },
    })
    if (onLogEntry !== undefined) logGroupsInDetail(this.kafka.logger())
  }

  get isCut(): boolean {
    return this.#cutReason !== undefined
  }

  /** Destroys every socket and refuses further ones. Idempotent. */
  cut(reason: string): void {
    this.#cutReason ??= reason
    for (const socket of this.#sockets) socket.destroy(new Error(this.#cutReason))
  }

  /** Resolves once no socket is open. */
  async gone(): Promise<void> {
    await Promise.all(
      [...this.#sockets].map(
        (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
      ),
    )
  }

  #openSocket({ host, port, onConnect }: ISocketFactoryArgs): net.Socket {
    if (this.#cutReason !== undefined) throw new Error(this.#cutReason)
    const peer = this.#brokers[seedIndex(host)] ?? { host, port }
    const secure = this.#tls
    const route = this.#route
    const plain = (): net.Socket =>
      route ? connectLater(route.reach(peer)) : net.connect({ host: peer.host, port: peer.port })
    const socket = secure ? connectSecurely({ ...peer, tls: secure }, route && plain()) : plain()
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS)
    let established = false
    this.#sockets.add(socket)
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      established = true
      onConnect()
    })
    socket.once('close', () => {
      this.#sockets.delete(socket)
      if (established) this.#lost.emit()
    })
    return socket
  }
}

/** A socket that connects once it is known where to. */
function connectLater(place: Promise<{ host: string; port: number }>): net.Socket {
  const socket = new net.Socket()
  place.then(
    (at) => {
      if (!socket.destroyed) socket.connect(at)
    },
    (error: Error) => socket.destroy(error),
  )
  return socket
}

/**
 * TLS over a socket that has not begun to connect, so that TLS finds no handle to take and reads it as a stream; or over one
 * of its own.
 */
function connectSecurely(peer: Peer, over: net.Socket | undefined): tls.TLSSocket {
  if (over === undefined) return tls.connect(tlsOptionsFor(peer))
  const { host: _host, port: _port, ...options } = tlsOptionsFor(peer)
  return tls.connect({ ...options, socket: over })
}

/** At debug level everywhere, each request would have two entries made for nobody. */
function logGroupsInDetail(logger: Logger): void {
  const { namespace } = logger
  logger.namespace = (name, level) => namespace(name, name === 'ConsumerGroup' ? logLevel.DEBUG : level)
}

/** A kafkajs consumer in `group`. `consumers`: how many this process has. */
export const createGroupConsumer = (
  { kafka }: Connection,
  { group, readUncommitted, consumers }: { group: string; readUncommitted: boolean; consumers: number },
): Consumer =>
  kafka.consumer({
    groupId: group,
    partitionAssigners: [rangeAssigner],
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_INTERVAL_MS,
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    maxWaitTimeInMs: consumers <= FEW_CONSUMERS ? FETCH_WAIT_FEW_MS : FETCH_WAIT_MANY_MS,
    minBytes: 1,
    metadataMaxAge: METADATA_AGE_MS,
    readUncommitted,
    allowAutoTopicCreation: false,
    retry: { ...GROUP_RETRY, restartOnFailure: async () => false },
  })

/** kafkajs splits `host:port` at its first colon: for an IPv6 address it gets such a name instead. */
const SEED_PREFIX = 'switchboard-seed-'
const seedName = ({ host, port }: Seed, index: number): string =>
  `${host.includes(':') ? `${SEED_PREFIX}${index}` : host}:${port}`
/** −1 for a host that is none of these. */
const seedIndex = (host: string): number =>
  host.startsWith(SEED_PREFIX) ? Number(host.slice(SEED_PREFIX.length)) : -1

/** kafkajs types each mechanism apart. */
function saslOf({ mechanism, ...login }: NonNullable<BrokerSecurity['sasl']>): SASLOptions {
  switch (mechanism) {
    case 'plain':
      return { mechanism, ...login }
    case 'scram-sha-256':
      return { mechanism, ...login }
    case 'scram-sha-512':
      return { mechanism, ...login }
    default:
      return unreachable(mechanism)
  }
}
