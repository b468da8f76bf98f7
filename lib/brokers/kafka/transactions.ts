import { randomUUID } from 'node:crypto'
import type { Message, Producer, RecordMetadata } from 'kafkajs'
import type { DriverLog } from '../contract.ts'
import { reasonOf } from './errors.ts'
import { withLimit } from './limit.ts'
import { createLink, type Link, type LinkOptions, PATIENCE } from './link.ts'
import { asPlaced, NeverSent, ReceiptLost } from './sender.ts'

export type Ending = 'committed' | 'aborted'

/** What is left open by a producer that died blocks readers of committed records so long, and no longer. */
const TRANSACTION_TIMEOUT_MS = 10_000
/** From opening a transaction to the word that it is over. */
const LIMIT_MS = 8_000
const CONNECT_LIMIT_MS = 5_000
const DISCONNECT_LIMIT_MS = 1_000

interface Open {
  link: Link
  producer: Producer
}

/**
 * Transactions of one message each. One producer, made when the first is asked for, sends them one after the other; after any
 * failure another one takes its place under the same transactional id, whereupon the broker aborts what was left open.
 */
export interface Transactions {
  /**
   * Resolves once the transaction has ended as asked. Rejects with NeverSent, with ReceiptLost when its end isn't known, or with
   * the broker's refusal.
   */
  send(topic: string, message: Message, ending: Ending): Promise<RecordMetadata[]>
  /** Ends at once: what is open is lost, and aborted by the broker in time. Further ones open a new producer. */
  kill(reason: string): void
  /** Once those under way have ended, further ones open a new producer: what this one knows of topics may no longer hold. */
  renew(): Promise<void>
  close(): Promise<void>
}

export function createTransactions(options: LinkOptions & { log: DriverLog }): Transactions {
  const transactionalId = `${options.clientId}-${randomUUID()}`
  let open: Open | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let round = 0

  const kill = (reason: string) => {
    round++
    open?.link.cut(reason)
    open = undefined
  }

  const connected = async (): Promise<Open> => {
    if (open && !open.link.isCut) return open
    const mine = round
    const link = createLink(options)
    const producer = link.kafka.producer({
      transactionalId,
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      retry: PATIENCE,
      createPartitioner: asPlaced,
    })
    try {
      await withLimit(producer.connect(), CONNECT_LIMIT_MS, 'connecting a producer')
      if (mine !== round) throw new Error('the broker went away')
    } catch (error) {
      link.cut('connecting failed')
      throw new NeverSent(reasonOf(error))
    }
    open = { link, producer }
    return open
  }

  const sendWithin = async ({ producer }: Open, topic: string, message: Message, ending: Ending) => {
    const transaction = await producer.transaction().catch((error) => {
      throw new NeverSent(reasonOf(error))
    })
    const receipts = await transaction.send({ topic, messages: [message] })
    try {
      if (ending === 'committed') await transaction.commit()
      else await transaction.abort()
    } catch (error) {
      throw new ReceiptLost(`whether the transaction was ${ending} is not known: ${reasonOf(error)}`)
    }
    return receipts
  }

  const sendNow = async (topic: string, message: Message, ending: Ending): Promise<RecordMetadata[]> => {
    const via = await connected()
    let unhook: () => void = () => undefined
    const lost = new Promise<never>((_, reject) => {
      unhook = via.link.onLost(() =>
        reject(new ReceiptLost('the connection ended before the transaction did')),
      )
    })
    try {
      const sending = sendWithin(via, topic, message, ending)
      return await withLimit(Promise.race([sending, lost]), LIMIT_MS, 'a transaction')
    } catch (error) {
      via.link.cut('its transaction failed')
      throw error
    } finally {
      unhook()
    }
  }

  const end = async () => {
    const ending = open
    open = undefined
    if (!ending) return
    await withLimit(ending.producer.disconnect(), DISCONNECT_LIMIT_MS, 'disconnecting').catch((error) =>
      options.log.debug({ reason: reasonOf(error) }, 'a transactional producer was cut'),
    )
    ending.link.cut('the producer was closed')
    await ending.link.gone()
  }
  const endInTurn = (): Promise<void> => {
    const mine = turn.then(end)
    turn = mine.catch(() => undefined)
    return mine
  }

  return {
    send: (topic, message, ending) => {
      const mine = turn.then(() => sendNow(topic, message, ending))
      turn = mine.catch(() => undefined)
      return mine
    },
    kill,
    renew: endInTurn,
    close: endInTurn,
  }
}
