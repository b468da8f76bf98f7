import type { Admin } from 'kafkajs'
import { createDeferred } from '#lib/util/deferred.ts'
import type { BrokerSessionConnections } from '../kit/broker-session.ts'
import { sleep, succeedsWithin, unlessAborted, withDeadline } from '../kit/deadlines.ts'
import { ProbeError } from '../recipe.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { failures, reasonOf } from './failures.ts'
import { probeBrokers } from './probe.ts'

/** A dead broker is to be noticed within two seconds, even when no socket closes. */
const PROBE_EVERY_MS = 1_000
const PROBE_TIMEOUT_MS = 1_000
/** A pause of the broker (its garbage collection, a busy machine) is no outage: the second silence in a row is one. */
const SILENCES_UNTIL_LOST = 2
const CONNECT_LIMIT_MS = 5_000
const DISCONNECT_LIMIT_MS = 1_000
const ADMIN_RETRY = { retries: 2, initialRetryTime: 50, maxRetryTime: 200 }
/** How long a replaced admin has to finish what it was asked. */
const REPLACED_GRACE_MS = 3_000

export interface AdminSessionOptions extends ConnectionOptions {
  /** Last steps before the session is up: what others need to work. A throw means not up yet. */
  prepare(admin: Admin): Promise<void>
  /** The broker answered a probe. */
  onAlive(): void
}

/**
 * The driver's own session: an admin connection, and a probe each second by Kafka's own handshake on sockets apart from all
 * others, since a dead broker closes no socket. It ends with the first failed probe, or the second silent one in a row.
 */
export class AdminSession implements BrokerSessionConnections {
  readonly version: string
  readonly #options: AdminSessionOptions
  readonly #connection: Connection
  readonly #ended = createDeferred<Error>()
  readonly ended = this.#ended.promise
  #admin: Admin
  #renewing: Promise<void> | undefined
  /** Aborted to probe at once, also when a probe is under way. */
  #pause = new AbortController()
  #over = false

  private constructor(options: AdminSessionOptions, version: string, connection: Connection, admin: Admin) {
    this.#options = options
    this.version = version
    this.#connection = connection
    this.#admin = admin
  }

  /** Throws the raw error when the broker is not ready; nothing is left open then. */
  static establish(options: AdminSessionOptions, signal: AbortSignal): Promise<AdminSession> {
    const discard = (late: AdminSession) => late.cut('the driver was closed')
    return unlessAborted(signal, AdminSession.#establish(options), discard)
  }

  static async #establish(options: AdminSessionOptions): Promise<AdminSession> {
    const { version } = await probeBrokers(options.brokers, PROBE_TIMEOUT_MS, options.security)
    const connection = new Connection(options)
    try {
      const admin = await connectAdmin(connection)
      await options.prepare(admin)
      const session = new AdminSession(options, version, connection, admin)
      connection.onLost(() => session.#pause.abort())
      void session.#watch()
      return session
    } catch (error) {
      connection.cut(reasonOf(error))
      throw error
    }
  }

  get admin(): Admin {
    return this.#admin
  }

  /**
   * kafkajs never forgets a topic that it was asked about, and one that was deleted meanwhile fails all later metadata
   * requests of the same admin: only a new one helps. It replaces the one in use once it is connected.
   */
  renewAdmin(): Promise<void> {
    this.#renewing ??= this.#renewAdmin().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  /** Ends without a goodbye. Idempotent. */
  cut(reason: string): void {
    this.#over = true
    this.#pause.abort()
    this.#connection.cut(reason)
  }

  /** Disconnects within a limit, then cuts; resolves once no socket of the admin is open. */
  async close(): Promise<void> {
    this.#over = true
    await succeedsWithin('disconnecting', DISCONNECT_LIMIT_MS, () => this.#admin.disconnect())
    this.cut('the driver was closed')
    await this.#connection.gone()
  }

  async #renewAdmin(): Promise<void> {
    const old = this.#admin
    this.#admin = await connectAdmin(this.#connection)
    const disconnect = () => void succeedsWithin('disconnecting', DISCONNECT_LIMIT_MS, () => old.disconnect())
    setTimeout(disconnect, REPLACED_GRACE_MS).unref()
  }

  async #watch(): Promise<void> {
    for (let silences = 0; ; ) {
      await sleep(silences === 0 ? PROBE_EVERY_MS : 0, this.#pause.signal)
      if (this.#over) return
      this.#pause = new AbortController()
      const { brokers, security } = this.#options
      const probe = probeBrokers(brokers, PROBE_TIMEOUT_MS, security)
      const failure = await probe.then(() => null, failures.toReason)
      if (this.#over) return
      const isSilent = failure?.code === 'connecting'
      silences = isSilent ? silences + 1 : 0
      if (!failure) this.#options.onAlive()
      else if (!isSilent || silences === SILENCES_UNTIL_LOST) {
        this.cut(failure.text)
        this.#ended.resolve(new ProbeError(isSilent ? 'lost' : failure.code, failure.text))
      }
    }
  }
}

async function connectAdmin({ kafka }: Connection): Promise<Admin> {
  const admin = kafka.admin({ retry: ADMIN_RETRY })
  await withDeadline('connecting', CONNECT_LIMIT_MS, admin.connect())
  return admin
}
