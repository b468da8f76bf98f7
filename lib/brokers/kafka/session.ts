import type { Admin } from 'kafkajs'
import type { BrokerReason } from '#lib/protocol/status.ts'
import { backoffMs } from '#lib/util/backoff.ts'
import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
import type { DriverLog, DriverStatus } from '../contract.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { brokerDown, brokerReasonOf, reasonOf, withLimit } from './failures.ts'
import { probeKafka } from './probe.ts'

/** A dead broker is to be noticed within two seconds, even when no socket closes. */
const LOOK_EVERY_MS = 1_000
const PROBE_TIMEOUT_MS = 1_000
/** A broker that is back is to be noticed within two seconds, too. */
const FIRST_RETRY_MS = 250
const MAX_RETRY_MS = 1_000
/** A pause of the broker (its garbage collection, a busy machine) is no outage: silence counts from the second time. */
const SILENCES_UNTIL_DOWN = 2
const CONNECT_LIMIT_MS = 5_000
const DISCONNECT_LIMIT_MS = 1_000
const ADMIN_RETRY = { retries: 2, initialRetryTime: 50, maxRetryTime: 200 }
/** A replaced admin finishes what others asked it. */
const REPLACED_GRACE_MS = 3_000

export interface Session {
  /** Begins; returns at once. */
  open(): void
  /** Looks now instead of at the next due time. */
  look(): void
  readonly status: DriverStatus
  onStatus(listener: (status: DriverStatus) => void): Unsubscribe
  /** The broker answered while up. */
  onAlive(listener: () => void): Unsubscribe
  /** Throws AppError `broker-down` unless up. */
  admin(): Admin
  /**
   * kafkajs never forgets a topic that it was asked about, and one that was deleted meanwhile fails all its later metadata:
   * then only a new instance helps.
   */
  renewAdmin(): Promise<Admin>
  close(): Promise<void>
}

export interface SessionOptions extends ConnectionOptions {
  url: string
  log: DriverLog
  /** Last steps before `up` is reported: what others need to work. A throw means not up yet. */
  prepare(admin: Admin): Promise<void>
  /** First step of being down, before it is reported. */
  wentDown(reason: string): void
}

/** Knows whether the broker can be used: looks once a second by Kafka's own handshake, on sockets apart from all others. */
export function createSession(options: SessionOptions): Session {
  const { url, log } = options
  const statuses = createSignal<DriverStatus>()
  const alive = createSignal<void>()
  let status: DriverStatus = {
    status: 'connecting',
    reason: { code: 'connecting', text: `connecting to ${url}` },
    tries: 0,
  }
  let running: 'new' | 'open' | 'closed' = 'new'
  let timer: NodeJS.Timeout | undefined
  let looking = false
  let lookAgain = false
  let silences = 0
  let connection: Connection | undefined
  let admin: Admin | undefined
  let renewing: Promise<Admin> | undefined
  const replaced = new Map<Connection, NodeJS.Timeout>()

  const report = (next: DriverStatus) => {
    status = next
    statuses.emit(next)
  }

  const retire = (old: Connection) => {
    const grace = setTimeout(() => {
      old.cut('replaced')
      replaced.delete(old)
    }, REPLACED_GRACE_MS)
    replaced.set(old, grace)
  }
  const cutReplaced = () => {
    for (const [old, grace] of replaced) {
      clearTimeout(grace)
      old.cut('replaced')
    }
    replaced.clear()
  }

  /** Takes the place of the one in use only once it is connected. */
  const openAdmin = async (isWanted: () => boolean): Promise<Admin> => {
    const opened = new Connection(options)
    const made = opened.kafka.admin({ retry: ADMIN_RETRY })
    try {
      await withLimit(made.connect(), CONNECT_LIMIT_MS, 'connecting')
      if (!isWanted()) throw new Error('no longer wanted')
    } catch (error) {
      opened.cut('it was not connected')
      throw error
    }
    if (connection) retire(connection)
    connection = opened
    admin = made
    opened.onLost(() => connection === opened && status.status === 'up' && look())
    return made
  }

  const goDown = (failure: BrokerReason) => {
    const wasUp = status.status === 'up'
    const code = wasUp && failure.code === 'connecting' ? 'lost' : failure.code
    const tries = status.status === 'up' ? 1 : status.tries + 1
    const delay = backoffMs(tries, FIRST_RETRY_MS, MAX_RETRY_MS)
    if (wasUp || connection) {
      cutReplaced()
      connection?.cut(failure.text)
      connection = undefined
      admin = undefined
      options.wentDown(failure.text)
    }
    report({ status: 'down', reason: { code, text: failure.text }, tries, nextTryAt: Date.now() + delay })
    schedule(delay)
  }

  const failed = (error: unknown) => {
    const failure = brokerReasonOf(error)
    silences++
    const silent = failure.code === 'connecting' && silences < SILENCES_UNTIL_DOWN
    if (status.status === 'up' && silent) schedule(0)
    else goDown(failure)
  }

  const lookOnce = async () => {
    let version: string
    try {
      version = (await probeKafka(url, PROBE_TIMEOUT_MS)).version
      if (status.status !== 'up') await options.prepare(await openAdmin(() => running === 'open'))
    } catch (error) {
      if (running === 'open') failed(error)
      return
    }
    if (running !== 'open') return
    silences = 0
    schedule(LOOK_EVERY_MS)
    if (status.status === 'up') {
      alive.emit()
      return
    }
    log.info({ url, version }, 'Kafka is up')
    report({ status: 'up', version })
  }

  const schedule = (delayMs: number) => {
    clearTimeout(timer)
    if (running === 'open') timer = setTimeout(look, delayMs)
  }

  function look(): void {
    if (running !== 'open') return
    if (looking) {
      lookAgain = true
      return
    }
    looking = true
    clearTimeout(timer)
    void lookOnce().finally(() => {
      looking = false
      if (!lookAgain) return
      lookAgain = false
      look()
    })
  }

  const close = async () => {
    if (running === 'closed') return
    running = 'closed'
    clearTimeout(timer)
    cutReplaced()
    const ending = connection
    const leaving = admin
    connection = undefined
    admin = undefined
    report({ status: 'down', reason: { code: 'stopped', text: 'the driver was closed' }, tries: 0 })
    if (leaving) {
      await withLimit(leaving.disconnect(), DISCONNECT_LIMIT_MS, 'disconnecting').catch((error) =>
        log.debug({ reason: reasonOf(error) }, 'the admin connection was cut'),
      )
    }
    ending?.cut('the driver was closed')
    await ending?.gone()
  }

  return {
    open: () => {
      if (running !== 'new') return
      running = 'open'
      look()
    },
    look,
    get status() {
      return status
    },
    onStatus: statuses.on,
    onAlive: alive.on,
    admin: () => {
      if (status.status === 'up' && admin) return admin
      throw brokerDown(status.status === 'up' ? 'connecting' : status.reason.text)
    },
    renewAdmin: async () => {
      if (status.status !== 'up') throw brokerDown(status.reason.text)
      renewing ??= openAdmin(() => status.status === 'up').finally(() => {
        renewing = undefined
      })
      return renewing
    },
    close,
  }
}
