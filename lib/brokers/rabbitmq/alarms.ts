import { sleep } from '../kit/deadlines.ts'
import type { BrokerConnection } from './connection.ts'
import type { Management } from './management.ts'

const ASK_EVERY_MS = 2_000
/** The oldest that a node's figures may be: until then they may still show an alarm that the connection knows to be over. */
const FIGURES_MAX_AGE_MS = 6_000

/**
 * Why RabbitMQ takes no messages for now: a memory or disk alarm (rabbitmq.com/docs/alarms). It says so on a connection only
 * once that has published into the alarm (`connection.blocked`); before that, the management API knows.
 */
export class Alarms {
  readonly #onChange: (reason: string | null) => void
  #ofConnection: string | null = null
  #ofNode: string | null = null
  #endedAt = Number.NEGATIVE_INFINITY
  #knownAt = Number.NEGATIVE_INFINITY

  /** `onChange` gets the reason, and null once messages are taken again. */
  constructor(onChange: (reason: string | null) => void) {
    this.#onChange = onChange
  }

  /** Null while messages are taken. */
  get reason(): string | null {
    return this.#ofConnection ?? this.#ofNode
  }

  /** The broker blocked the publishing connection, or unblocked it (null). */
  connectionBlocked(reason: string | null): void {
    if (reason === null) this.#endedAt = performance.now()
    this.#set(reason, null)
  }

  /** Asks the management API for as long as the connection lasts. Never throws. */
  async watch(connection: BrokerConnection, management: Management): Promise<void> {
    this.#endedAt = Number.NEGATIVE_INFINITY
    this.#ofConnection = null
    this.#ofNode = null
    const over = new AbortController()
    void connection.ended.then(() => over.abort())
    while (connection.endReason === null) {
      const found = await management.alarm()
      if (connection.endReason !== null) return
      if (found !== undefined) this.#knownAt = performance.now()
      this.#set(this.#ofConnection, this.#nodeAlarm(found))
      await sleep(ASK_EVERY_MS, over.signal)
    }
  }

  /** An alarm that can't be asked about any more is taken for over, so that sending is tried again. */
  #nodeAlarm(found: string | null | undefined): string | null {
    if (performance.now() - this.#endedAt < FIGURES_MAX_AGE_MS) return null
    if (found !== undefined) return found
    return performance.now() - this.#knownAt < FIGURES_MAX_AGE_MS ? this.#ofNode : null
  }

  #set(ofConnection: string | null, ofNode: string | null): void {
    const before = this.reason
    this.#ofConnection = ofConnection
    this.#ofNode = ofNode
    if (this.reason !== before) this.#onChange(this.reason)
  }
}
