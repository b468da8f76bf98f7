import net from 'node:net'
import { Kafka, type LogEntry, logLevel, type RetryOptions } from 'kafkajs'
import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
import type { DriverLog } from '../contract.ts'
import { quietRequestQueues } from './quiet-queues.ts'
import { installFastRecords } from './records/install.ts'

/** A local broker accepts within a millisecond; a second covers a busy machine and a broker in the next room. */
const CONNECTION_TIMEOUT_MS = 1_000
/** kafkajs waits twice the connection timeout and this long for its lock while connecting. */
const AUTHENTICATION_TIMEOUT_MS = 2_000
/** Longest wait for an answer, except where the request itself waits (fetch, join). */
const REQUEST_TIMEOUT_MS = 5_000
const KEEP_ALIVE_MS = 30_000

/**
 * Covers what passes by itself within a moment (a coordinator that is loading, a leader being elected), 2.8 s in all. An
 * outage is never waited out here: the driver watches for it.
 */
export const PATIENCE: RetryOptions = {
  retries: 8,
  initialRetryTime: 100,
  maxRetryTime: 500,
  factor: 0.2,
  multiplier: 1.5,
}

/** Where connections lead and what they are called there. */
export interface LinkOptions {
  /** `host:port` each. */
  brokers: readonly string[]
  clientId: string
  log: DriverLog
  /** All that kafkajs says of itself, down to its debugging: some things it tells nowhere else. */
  heard?(entry: LogEntry): void
  /** How long to try to connect and to find the broker in charge; PATIENCE unless told. */
  retry?: RetryOptions
}

/**
 * A kafkajs instance with sockets of its own that can be cut for good: afterwards it opens no further one, so nothing it
 * still has in mind can be sent. kafkajs itself reconnects a destroyed socket in the same group generation, and a plain
 * `destroy()` leaves it waiting for ever; an error makes it let go.
 */
export interface Link {
  readonly kafka: Kafka
  readonly isCut: boolean
  /** Destroys every socket and refuses further ones. Idempotent. */
  cut(reason: string): void
  /** An established connection ended, whoever ended it. */
  onLost(listener: () => void): Unsubscribe
  /** Resolves once no socket is open. */
  gone(): Promise<void>
}

const logCreator = (log: DriverLog, heard: LinkOptions['heard']) => () => (entry: LogEntry) => {
  heard?.(entry)
  if (entry.level === logLevel.DEBUG) return
  const { message, timestamp: _timestamp, logger: _logger, ...details } = entry.log
  log.debug({ ...details, from: entry.namespace, level: entry.label }, `kafkajs: ${message}`)
}

/** `cut` ends it; there is nothing else to close. */
export function createLink({ brokers, clientId, log, heard, retry }: LinkOptions): Link {
  quietRequestQueues()
  installFastRecords()
  const sockets = new Set<net.Socket>()
  const lost = createSignal<void>()
  let refusal: string | undefined

  const socketFactory = ({
    host,
    port,
    onConnect,
  }: {
    host: string
    port: number
    onConnect: () => void
  }) => {
    if (refusal !== undefined) throw new Error(refusal)
    const socket = net.connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    })
    let established = false
    sockets.add(socket)
    socket.once('connect', () => {
      established = true
      onConnect()
    })
    socket.once('close', () => {
      sockets.delete(socket)
      if (established) lost.emit()
    })
    return socket
  }

  const kafka = new Kafka({
    // An empty list is the one answer after which kafkajs doesn't try again.
    brokers: () => (refusal === undefined ? [...brokers] : []),
    clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    authenticationTimeout: AUTHENTICATION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    retry: retry ?? PATIENCE,
    socketFactory,
    logLevel: heard === undefined ? logLevel.INFO : logLevel.DEBUG,
    logCreator: logCreator(log, heard),
  })

  return {
    kafka,
    get isCut() {
      return refusal !== undefined
    },
    cut: (reason) => {
      refusal ??= reason
      for (const socket of sockets) socket.destroy(new Error(refusal))
    },
    onLost: lost.on,
    gone: async () => {
      const closings = [...sockets].map(
        (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
      )
      await Promise.all(closings)
    },
  }
}

/** `host:port,host:port` as kafkajs takes it. */
export const brokersOf = (url: string): string[] =>
  url
    .split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '')
