import type { Channel } from 'amqplib'
import { withDeadline } from '../kit/deadlines.ts'
import type { BrokerConnection } from './connection.ts'
import { failures } from './failures.ts'

/** A declaration, deletion or check takes about a millisecond; a broker that is booting may take a second. */
const OPERATION_TIMEOUT_MS = 5_000

/**
 * The connection for declarations and checks, apart from the one for publishing: a refused declaration closes at least its
 * channel and, for a queue type that the broker no longer permits, the whole connection.
 */
export interface Control {
  /**
   * Runs `use` on a throw-away channel. Throws AppError `broker-refused` with the broker's reason
   * and `replyCode` in `detail`, `broker-down`, or `broker-timeout`.
   */
  withChannel<T>(use: (channel: Channel) => Promise<T>): Promise<T>
  /** Idempotent; ends the connection. */
  close(deadlineMs: number): Promise<void>
}

/** `connect` is called when a connection is first needed, and again after every loss. */
export function createControl(connect: () => Promise<BrokerConnection>): Control {
  let opening: Promise<BrokerConnection> | null = null
  let live: BrokerConnection | null = null
  let closing: Promise<void> | null = null

  const openAnew = async (): Promise<BrokerConnection> => {
    try {
      live = await connect()
      if (closing) await live.cut('closed while it was being opened')
      return live
    } finally {
      opening = null
    }
  }
  const current = async (): Promise<BrokerConnection> => {
    if (closing) throw failures.brokerDown('it is being closed')
    if (live && live.endReason() === null) return live
    opening ??= openAnew()
    return opening
  }
  const run = async <T>(use: (channel: Channel) => Promise<T>): Promise<T> => {
    const connection = await current()
    try {
      const { channel, close } = await connection.openChannel()
      const result = await use(channel)
      void close(OPERATION_TIMEOUT_MS)
      return result
    } catch (error) {
      // When the whole connection ended, its reason is the real one: "channel ended" says nothing.
      throw connection.endReason() ?? error
    }
  }
  return {
    withChannel: async (use) => {
      try {
        return await withDeadline('an operation on a queue', OPERATION_TIMEOUT_MS, run(use))
      } catch (raw) {
        const error = failures.toAppError(raw)
        if (error.code === 'broker-timeout') void live?.cut(error.message)
        throw error
      }
    },
    close: (deadlineMs) => {
      closing ??= live ? live.close(deadlineMs) : Promise.resolve()
      return closing
    },
  }
}
