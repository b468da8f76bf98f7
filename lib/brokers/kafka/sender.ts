import type { Message, RecordMetadata } from 'kafkajs'
import { withLimit } from './limit.ts'
import { createLink, type LinkOptions, PATIENCE } from './link.ts'

/** From handing a batch to the client until it counts as lost: longer than kafkajs's own bounded patience. */
const RECEIPT_LIMIT_MS = 5_000
/** Covers a leader being elected, 1.3 s in all, and leaves time for a second try before the limit. */
const SEND_RETRY = { ...PATIENCE, retries: 5 }
const OPEN_LIMIT_MS = 5_000
const DISCONNECT_LIMIT_MS = 1_000
/** Without sequence numbers the broker takes a repetition for another message: such a producer repeats nothing. */
const NO_RETRY = { ...PATIENCE, retries: 0 }
/** As the protocol counts acknowledgements. */
const ACKS = { all: -1, '1': 1, '0': 0 }

/** What a producer promises, and is promised. */
export interface SenderKind {
  acks: keyof typeof ACKS
  idempotent: boolean
}

/** The partition was chosen when the message left its queue. */
export const asPlaced =
  () =>
  ({ message }: { message: Message }): number =>
    message.partition ?? 0

/** The connection ended, or said nothing for too long, before the receipt: what was in flight may or may not have arrived. */
export class ReceiptLost extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'ReceiptLost'
  }
}

/** It was not handed to the client at all: it cannot have arrived. */
export class NeverSent extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'NeverSent'
  }
}

/**
 * One producer, good until its first failure. kafkajs takes back the sequence numbers of a failed batch, even of
 * one that the broker did append: the next batch under the same numbers would be taken for a repetition and dropped with
 * a receipt. So after any failure nothing is sent on it any more; its successor has a producer id of its own.
 */
export interface Sender {
  /** False: the broker is not asked for receipts, and a batch counts as sent once it was written. */
  readonly hasReceipts: boolean
  readonly usable: boolean
  /** Its connection is cut for good. */
  readonly isGone: boolean
  /**
   * Rejects with NeverSent when no longer usable, with ReceiptLost, or with the broker's refusal. kafkajs may repeat a request on the same connection (the broker
   * recognises repetitions by their sequence numbers); it never sends on another one.
   */
  send(topic: string, messages: Message[]): Promise<RecordMetadata[]>
  /** No further batches; ends once those in flight have their receipts. */
  retire(): void
  /** Ends at once: everything in flight is lost. Idempotent. */
  kill(reason: string): void
  /** Resolves once ended. */
  gone(): Promise<void>
}

/** Connects and gets a producer id. Throws when that fails; nothing is left open then. */
export async function openSender(options: LinkOptions, { acks, idempotent }: SenderKind): Promise<Sender> {
  const link = createLink(options)
  const producer = link.kafka.producer({
    idempotent,
    allowAutoTopicCreation: false,
    retry: idempotent ? SEND_RETRY : NO_RETRY,
    createPartitioner: asPlaced,
  })
  const inFlight = new Set<(error: Error) => void>()
  let usable = false

  const kill = (reason: string) => {
    usable = false
    link.cut(reason)
    for (const lose of inFlight) lose(new ReceiptLost(reason))
  }
  const endQuietly = async () => {
    try {
      await withLimit(producer.disconnect(), DISCONNECT_LIMIT_MS, 'disconnecting')
    } finally {
      kill('the producer was closed')
    }
  }
  const retire = () => {
    usable = false
    if (inFlight.size > 0 || link.isCut) return
    endQuietly().catch((error) => options.log.debug({ error }, 'a producer was cut'))
  }

  try {
    await withLimit(producer.connect(), OPEN_LIMIT_MS, 'connecting a producer')
  } catch (error) {
    kill('connecting failed')
    throw error
  }
  usable = true
  link.onLost(() => kill('the connection ended before the receipt'))

  const send = async (topic: string, messages: Message[]): Promise<RecordMetadata[]> => {
    if (!usable) throw new NeverSent('the connection ended before it was sent')
    let lose: (error: Error) => void = () => undefined
    const lost = new Promise<never>((_, reject) => {
      lose = reject
    })
    const timer = setTimeout(() => kill(`no receipt within ${RECEIPT_LIMIT_MS} ms`), RECEIPT_LIMIT_MS)
    inFlight.add(lose)
    try {
      return await Promise.race([
        producer.sendBatch({ acks: ACKS[acks], topicMessages: [{ topic, messages }] }),
        lost,
      ])
    } catch (error) {
      usable = false
      throw error
    } finally {
      clearTimeout(timer)
      inFlight.delete(lose)
      if (!usable) retire()
    }
  }

  return {
    hasReceipts: acks !== '0',
    get usable() {
      return usable
    },
    get isGone() {
      return link.isCut
    },
    send,
    retire,
    kill,
    gone: link.gone,
  }
}
