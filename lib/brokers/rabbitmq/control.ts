import type { Channel } from 'amqplib'
import { countdown, sleep, withDeadline } from '../kit/deadlines.ts'
import type { BrokerConnection } from './connection.ts'
import { failures, isNoSuchQueue, isReply, REPLY } from './failures.ts'
import type { DestinationKind } from './management.ts'

/** A declaration, deletion or check takes about a millisecond; a broker that is booting may take a second. */
const OPERATION_TIMEOUT_MS = 5_000
/** A stream, or any queue of a node that has just started, is listed some 300 ms before it answers. */
const ANSWER_WITHIN_MS = 3_000
const ASK_AGAIN_MS = 50

/**
 * The connection for declarations and checks, apart from the one for publishing: a refused declaration closes at least its
 * channel and, for a queue type that the broker no longer permits, the whole connection.
 */
export class Control {
  readonly #connect: () => Promise<BrokerConnection>
  #opening: Promise<BrokerConnection> | null = null
  #live: BrokerConnection | null = null
  #closing: Promise<void> | null = null

  /** `connect` is called when a connection is first needed, and again after every loss. */
  constructor(connect: () => Promise<BrokerConnection>) {
    this.#connect = connect
  }

  /**
   * Runs `use` on a throw-away channel. Throws AppError `broker-refused` with the broker's reason
   * and `replyCode` in `detail`, `broker-down`, or `broker-timeout`.
   */
  async withChannel<T>(use: (channel: Channel) => Promise<T>): Promise<T> {
    try {
      return await withDeadline('an operation on a queue', OPERATION_TIMEOUT_MS, this.#run(use))
    } catch (raw) {
      const error = failures.toAppError(raw)
      if (error.code === 'broker-timeout') void this.#live?.cut(error.message)
      throw error
    }
  }

  /** By a passive declaration. Throws AppError `broker-refused` when there is a queue that does not answer for long. */
  async exists(kind: DestinationKind, name: string): Promise<boolean> {
    const left = countdown(ANSWER_WITHIN_MS)
    for (;;) {
      try {
        await this.withChannel(async (channel) => {
          await (kind === 'queue' ? channel.checkQueue(name) : channel.checkExchange(name))
        })
        return true
      } catch (error) {
        if (!isReply(error, REPLY.NOT_FOUND)) throw error
        if (kind === 'exchange' || isNoSuchQueue(error)) return false
        if (left() === 0) throw error
        await sleep(ASK_AGAIN_MS, new AbortController().signal)
      }
    }
  }

  /** Idempotent; ends the connection. */
  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#live ? this.#live.close(deadlineMs) : Promise.resolve()
    return this.#closing
  }

  async #run<T>(use: (channel: Channel) => Promise<T>): Promise<T> {
    const connection = await this.#current()
    try {
      const opened = await connection.openChannel()
      const result = await use(opened.channel)
      void opened.close(OPERATION_TIMEOUT_MS)
      return result
    } catch (error) {
      // When the whole connection ended, its reason is the real one: "channel ended" says nothing.
      throw connection.endReason ?? error
    }
  }

  async #current(): Promise<BrokerConnection> {
    if (this.#closing) throw failures.brokerDown('it is being closed')
    if (this.#live && this.#live.endReason === null) return this.#live
    this.#opening ??= this.#open()
    return this.#opening
  }

  async #open(): Promise<BrokerConnection> {
    try {
      this.#live = await this.#connect()
      if (this.#closing) await this.#live.cut('closed while it was being opened')
      return this.#live
    } finally {
      this.#opening = null
    }
  }
}
