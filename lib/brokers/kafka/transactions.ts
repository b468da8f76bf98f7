import { randomUUID } from 'node:crypto'
import type { Message, Producer, RecordMetadata } from 'kafkajs'
import { succeedsWithin, withDeadline } from '../kit/deadlines.ts'
import { Connection, type ConnectionOptions, RETRY } from './connection.ts'
import { reasonOf } from './failures.ts'
import { chosenPartition, NeverSent, ReceiptLost } from './producers.ts'

export type TransactionEnd = 'committed' | 'aborted'

/** A transaction left open by a producer that died blocks readers of committed records so long, and no longer. */
const TRANSACTION_TIMEOUT_MS = 10_000
/** From opening a transaction to the broker's word that it is over. */
const LIMIT_MS = 8_000
const CONNECT_LIMIT_MS = 5_000
const DISCONNECT_LIMIT_MS = 1_000

interface OpenProducer {
  connection: Connection
  producer: Producer
}

/**
 * Transactions of one message each. One producer, created with the first of them, sends them one after the other; after any
 * failure another one replaces it under the same transactional id, whereupon the broker aborts what was left open.
 */
export class Transactions {
  readonly #options: ConnectionOptions
  readonly #transactionalId: string
  #open: OpenProducer | undefined
  /** Ends when the last transaction asked for has ended. */
  #queue: Promise<unknown> = Promise.resolve()
  /** Rises with each outage: a producer that was connecting meanwhile is discarded. */
  #round = 0

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#transactionalId = `${options.clientId}-${randomUUID()}`
  }

  /**
   * Resolves once the transaction has ended as asked. Rejects with NeverSent, with ReceiptLost when its end isn't known, or
   * with the broker's refusal.
   */
  send(topic: string, message: Message, end: TransactionEnd): Promise<RecordMetadata[]> {
    return this.#enqueue(() => this.#sendNow(topic, message, end))
  }

  /** Ends at once: what is open is lost, and the broker aborts it in time. The next transaction opens a new producer. */
  cut(reason: string): void {
    this.#round++
    this.#open?.connection.cut(reason)
    this.#open = undefined
  }

  /** Disconnects once the transactions under way have ended. A later one opens a new producer, which asks about its topic afresh. */
  disconnect(): Promise<void> {
    return this.#enqueue(() => this.#disconnectNow())
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#queue.then(work)
    this.#queue = mine.catch(() => undefined)
    return mine
  }

  async #connected(): Promise<OpenProducer> {
    if (this.#open && !this.#open.connection.isCut) return this.#open
    const round = this.#round
    const connection = new Connection(this.#options)
    const producer = connection.kafka.producer({
      transactionalId: this.#transactionalId,
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      retry: RETRY,
      createPartitioner: chosenPartition,
    })
    try {
      await withDeadline('connecting a producer', CONNECT_LIMIT_MS, producer.connect())
      if (round !== this.#round) throw new Error('the broker went away')
    } catch (error) {
      connection.cut('connecting failed')
      throw new NeverSent(reasonOf(error))
    }
    this.#open = { connection, producer }
    return this.#open
  }

  async #sendNow(topic: string, message: Message, end: TransactionEnd): Promise<RecordMetadata[]> {
    const { connection, producer } = await this.#connected()
    let unsubscribe: () => void = () => undefined
    const lost = new Promise<never>((_, reject) => {
      unsubscribe = connection.onLost(() =>
        reject(new ReceiptLost('the connection ended before the transaction did')),
      )
    })
    try {
      const sending = sendInTransaction(producer, topic, message, end)
      return await withDeadline('a transaction', LIMIT_MS, Promise.race([sending, lost]))
    } catch (error) {
      connection.cut('its transaction failed')
      throw error
    } finally {
      unsubscribe()
    }
  }

  async #disconnectNow(): Promise<void> {
    const ending = this.#open
    this.#open = undefined
    if (!ending) return
    const { connection, producer } = ending
    await succeedsWithin('disconnecting', DISCONNECT_LIMIT_MS, () => producer.disconnect())
    connection.cut('the producer was closed')
    await connection.gone()
  }
}

async function sendInTransaction(
  producer: Producer,
  topic: string,
  message: Message,
  end: TransactionEnd,
): Promise<RecordMetadata[]> {
  const transaction = await producer.transaction().catch((error) => {
    throw new NeverSent(reasonOf(error))
  })
  const receipts = await transaction.send({ topic, messages: [message] })
  try {
    if (end === 'committed') await transaction.commit()
    else await transaction.abort()
  } catch (error) {
    throw new ReceiptLost(`whether the transaction was ${end} is not known: ${reasonOf(error)}`)
  }
  return receipts
}
