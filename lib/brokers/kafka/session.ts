import type { Admin } from 'kafkajs'
import { createDeferred } from '#lib/util/deferred.ts'
import type { BrokerSessionConnections } from '../kit/broker-session.ts'
import { succeedsWithin, unlessAborted, withDeadline } from '../kit/deadlines.ts'
import { ProbeError } from '../recipe.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { failures, reasonOf } from './failures.ts'
import { probeKafka } from './probe.ts'

/** A dead broker is to be noticed within two seconds, even when no socket closes. */
const PROBE_EVERY_MS = 1_000
const PROBE_TIMEOUT_MS = 1_000
/** A pause of the broker (its garbage collection, a busy machine) is no outage: the second silence in a row is one. */
const SILENCES_UNTIL_LOST = 2
const CONNECT_LIMIT_MS = 5_000
const DISCONNECT_LIMIT_MS = 1_000
const ADMIN_RETRY = { retries: 2, initialRetryTime: 50, maxRetryTime: 200 }
/** A replaced admin has so long to finish what it was asked. */
const REPLACED_GRACE_MS = 3_000

export interface KafkaSessionOptions extends ConnectionOptions {
  url: string
  /** Last steps before the session is up: what others need to work. A throw means not up yet. */
  prepare(admin: Admin): Promise<void>
  /** The broker answered a probe. */
  onAlive(): void
}

interface OpenAdmin {
  connection: Connection
  admin: Admin
}

/**
 * The driver's own session: an admin connection, and a probe each second by Kafka's own handshake on sockets apart from all
 * others, since a dead broker closes no socket. It ends with the first failed probe, or the second silent one in a row.
 */
export class KafkaSession implements BrokerSessionConnections {
  readonly version: string
  readonly #options: KafkaSessionOptions
  readonly #ended = createDeferred<Error>()
  readonly ended = this.#ended.promise
  readonly #replaced = new Map<Connection, NodeJS.Timeout>()
  #open: OpenAdmin
  #renewing: Promise<Admin> | undefined
  #timer: NodeJS.Timeout | undefined
  #probing = false
  #probeAgain = false
  #silences = 0
  #over = false

  private constructor(options: KafkaSessionOptions, version: string, open: OpenAdmin) {
    this.#options = options
    this.version = version
    this.#open = open
  }

  /** Throws the raw error when the broker is not ready; nothing is left open then. */
  static establish(options: KafkaSessionOptions, signal: AbortSignal): Promise<KafkaSession> {
    const discard = (late: KafkaSession) => late.cut('the driver was closed')
    return unlessAborted(signal, KafkaSession.#establish(options), discard)
  }

  static async #establish(options: KafkaSessionOptions): Promise<KafkaSession> {
    const { version } = await probeKafka(options.url, PROBE_TIMEOUT_MS)
    const session = new KafkaSession(options, version, await openAdmin(options))
    try {
      await options.prepare(session.admin)
    } catch (error) {
      session.cut(reasonOf(error))
      throw error
    }
    session.#watch(session.#open.connection)
    session.#probeIn(PROBE_EVERY_MS)
    return session
  }

  get admin(): Admin {
    return this.#open.admin
  }

  /**
   * kafkajs never forgets a topic that it was asked about, and one that was deleted meanwhile fails all its later metadata
   * requests: only a new instance helps. It replaces the one in use once it is connected.
   */
  renewAdmin(): Promise<Admin> {
    this.#renewing ??= this.#renewAdmin().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  /** Ends without a goodbye. Idempotent. */
  cut(reason: string): void {
    this.#over = true
    clearTimeout(this.#timer)
    for (const [connection, grace] of this.#replaced) {
      clearTimeout(grace)
      connection.cut('replaced')
    }
    this.#replaced.clear()
    this.#open.connection.cut(reason)
  }

  /** Disconnects within a limit, then cuts; resolves once no socket of the admin is open. */
  async close(): Promise<void> {
    this.#over = true
    const { admin, connection } = this.#open
    await succeedsWithin('disconnecting', DISCONNECT_LIMIT_MS, () => admin.disconnect())
    this.cut('the driver was closed')
    await connection.gone()
  }

  async #renewAdmin(): Promise<Admin> {
    const opened = await openAdmin(this.#options)
    if (this.#over) {
      opened.connection.cut('no longer wanted')
      throw new Error('no longer wanted')
    }
    const { connection: old } = this.#open
    const grace = setTimeout(() => {
      old.cut('replaced')
      this.#replaced.delete(old)
    }, REPLACED_GRACE_MS)
    this.#replaced.set(old, grace)
    this.#open = opened
    this.#watch(opened.connection)
    return opened.admin
  }

  /** A lost socket is a reason to probe at once. */
  #watch(connection: Connection): void {
    connection.onLost(() => {
      if (this.#open.connection === connection) this.#probeNow()
    })
  }

  #probeIn(delayMs: number): void {
    clearTimeout(this.#timer)
    if (!this.#over) this.#timer = setTimeout(() => this.#probeNow(), delayMs)
  }

  #probeNow(): void {
    if (this.#over) return
    if (this.#probing) {
      this.#probeAgain = true
      return
    }
    this.#probing = true
    clearTimeout(this.#timer)
    void this.#probe().finally(() => {
      this.#probing = false
      if (!this.#probeAgain) return
      this.#probeAgain = false
      this.#probeNow()
    })
  }

  async #probe(): Promise<void> {
    try {
      await probeKafka(this.#options.url, PROBE_TIMEOUT_MS)
    } catch (error) {
      if (!this.#over) this.#probeFailed(error)
      return
    }
    if (this.#over) return
    this.#silences = 0
    this.#probeIn(PROBE_EVERY_MS)
    this.#options.onAlive()
  }

  #probeFailed(error: unknown): void {
    const { code, text } = failures.toReason(error)
    const isSilence = code === 'connecting'
    this.#silences++
    if (isSilence && this.#silences < SILENCES_UNTIL_LOST) {
      this.#probeIn(0)
      return
    }
    this.cut(text)
    this.#ended.resolve(new ProbeError(isSilence ? 'lost' : code, text, { cause: error }))
  }
}

async function openAdmin(options: ConnectionOptions): Promise<OpenAdmin> {
  const connection = new Connection(options)
  const admin = connection.kafka.admin({ retry: ADMIN_RETRY })
  try {
    await withDeadline('connecting', CONNECT_LIMIT_MS, admin.connect())
    return { connection, admin }
  } catch (error) {
    connection.cut('it was not connected')
    throw error
  }
}
