import type { Message, Producer, RecordMetadata } from 'kafkajs'
import { succeedsWithin, withDeadline } from '../kit/deadlines.ts'
import { Connection, type ConnectionOptions, RETRY } from './connection.ts'
import { reasonOf } from './failures.ts'

/** From handing a batch to the client until its receipt is given up and its messages are uncertain: longer than kafkajs's own bounded retries. */
const RECEIPT_LIMIT_MS = 5_000
/** Covers a leader being elected, 1.3 s in all, and leaves time for a second try before the limit. */
const SEND_RETRY = { ...RETRY, retries: 5 }
/** Without sequence numbers the broker takes a repetition for another message: such a producer repeats nothing. */
const NO_RETRY = { ...RETRY, retries: 0 }
const CONNECT_LIMIT_MS = 5_000
const DISCONNECT_LIMIT_MS = 1_000
/** The longest that a transaction left open by a producer that died blocks readers of committed records. */
const TRANSACTION_TIMEOUT_MS = 10_000
/** From opening a transaction to the broker's word that it is over. */
const TRANSACTION_LIMIT_MS = 8_000
/** As the protocol counts acknowledgements. */
const ACKS = { all: -1, '1': 1, '0': 0 }

export interface ProducerSettings {
  acks: keyof typeof ACKS
  idempotent: boolean
  /** Its messages are sent in transactions: a producer takes over from the one before of this id, whose transaction is aborted. */
  transactionalId?: string
}

export type TransactionEnd = 'committed' | 'aborted'

/** The partition was chosen when the message left its topic's queue. */
const chosenPartition =
  () =>
  ({ message }: { message: Message }): number =>
    message.partition ?? 0

/** The connection ended, or stayed silent for too long, before the receipt: what was in flight may or may not have arrived. */
export class ReceiptLost extends Error {
  override readonly name = 'ReceiptLost'
}

/** It was not handed to the client at all: it cannot have arrived. */
export class NeverSent extends Error {
  override readonly name = 'NeverSent'
}

/**
 * One producer on a connection of its own, good until its first failure. kafkajs takes back the sequence numbers of a
 * failed batch, even of one that the broker did append: the broker would take the next batch under the same numbers for a
 * repetition, and drop it with a receipt. So nothing is sent on it after any failure; its successor has a producer id of its
 * own.
 */
export class ProducerConnection {
  readonly #acks: ProducerSettings['acks']
  readonly #connection: Connection
  readonly #producer: Producer
  /** Rejects each batch that has no receipt yet. */
  readonly #inFlight = new Set<(error: Error) => void>()
  #usable = false

  private constructor(options: ConnectionOptions, settings: ProducerSettings) {
    const { acks, idempotent, transactionalId } = settings
    this.#acks = acks
    this.#connection = new Connection(options)
    const how =
      transactionalId === undefined
        ? { retry: idempotent ? SEND_RETRY : NO_RETRY }
        : {
            transactionalId,
            transactionTimeout: TRANSACTION_TIMEOUT_MS,
            maxInFlightRequests: 1,
            retry: RETRY,
          }
    this.#producer = this.#connection.kafka.producer({
      ...how,
      idempotent,
      allowAutoTopicCreation: false,
      createPartitioner: chosenPartition,
    })
  }

  /** Connects and gets a producer id. Throws when that fails; nothing is left open then. */
  static async open(options: ConnectionOptions, settings: ProducerSettings): Promise<ProducerConnection> {
    const opened = new ProducerConnection(options, settings)
    try {
      await withDeadline('connecting a producer', CONNECT_LIMIT_MS, opened.#producer.connect())
    } catch (error) {
      opened.cut('connecting failed')
      throw error
    }
    opened.#usable = true
    opened.#connection.onLost(() => opened.cut('the connection ended before the receipt'))
    return opened
  }

  /** False: the broker is not asked for receipts, and a batch counts as sent once it was written. */
  get hasReceipts(): boolean {
    return this.#acks !== '0'
  }

  get usable(): boolean {
    return this.#usable
  }

  get isCut(): boolean {
    return this.#connection.isCut
  }

  /**
   * Rejects with NeverSent when no longer usable, with ReceiptLost, or with the broker's refusal. kafkajs may repeat a
   * request on the same connection (the broker recognises repetitions by their sequence numbers), never on another one.
   */
  send(topic: string, messages: Message[]): Promise<RecordMetadata[]> {
    return this.#untilReceipt(RECEIPT_LIMIT_MS, () =>
      this.#producer.sendBatch({ acks: ACKS[this.#acks], topicMessages: [{ topic, messages }] }),
    )
  }

  /** Resolves once the transaction has ended as asked. Rejects as `send`: with ReceiptLost also when its end isn't known. */
  sendInTransaction(topic: string, message: Message, end: TransactionEnd): Promise<RecordMetadata[]> {
    return this.#untilReceipt(TRANSACTION_LIMIT_MS, () =>
      sendInTransaction(this.#producer, topic, message, end),
    )
  }

  /** Takes no further batches; disconnects once those in flight have their receipts. */
  retire(): void {
    this.#usable = false
    if (this.#inFlight.size > 0 || this.isCut) return
    void succeedsWithin('disconnecting', DISCONNECT_LIMIT_MS, () => this.#producer.disconnect()).then(() =>
      this.cut('the producer was closed'),
    )
  }

  /** Ends at once: everything in flight becomes uncertain. Idempotent. */
  cut(reason: string): void {
    this.#usable = false
    this.#connection.cut(reason)
    for (const lose of this.#inFlight) lose(new ReceiptLost(reason))
  }

  /** Resolves once its sockets are closed. */
  gone(): Promise<void> {
    return this.#connection.gone()
  }

  async #untilReceipt<T>(limitMs: number, send: () => Promise<T>): Promise<T> {
    if (!this.#usable) throw new NeverSent('the connection ended before it was sent')
    let lose: (error: Error) => void = () => undefined
    const lost = new Promise<never>((_, reject) => {
      lose = reject
    })
    const timer = setTimeout(() => this.cut(`no receipt within ${limitMs} ms`), limitMs)
    this.#inFlight.add(lose)
    try {
      return await Promise.race([send(), lost])
    } catch (error) {
      this.#usable = false
      throw error
    } finally {
      clearTimeout(timer)
      this.#inFlight.delete(lose)
      if (!this.#usable) this.retire()
    }
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
