import type { ConfirmChannel, Message, Options } from 'amqplib'
import { z } from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred, type Deferred } from '#lib/util/deferred.ts'
import type { OutgoingMessage, Receipt } from '../contract.ts'
import { succeedsWithin } from '../kit/deadlines.ts'
import { wordsOf } from '../kit/failures.ts'
import type { BrokerConnection } from './connection.ts'
import { failures, REPLY, replyCodeOf } from './failures.ts'
import { propertiesOf, unfitHeader } from './metadata.ts'

/**
 * This also bounds what waits in this process when the socket can't keep up, so that no queue of our own is needed. Ten
 * times the largest window that a publisher here uses.
 */
const UNCONFIRMED_MAX = 10_000
const UNCONFIRMED_MAX_BYTES = 32 * 1024 * 1024
/** A full window is confirmed in less. */
const CROWDED_RETRY_MS = 100
/** What `channel.close` holds when `basic.publish` was the reason. */
const publishFault = z.object({ classId: z.literal(60), methodId: z.literal(40) })

/** An exchange routes by the message's key; a queue is reached by its name through the default exchange. */
export interface PublishTarget {
  isExchange: boolean
  /** Null while unknown. */
  durable: boolean | null
}

/** Publishes on one connection: each message is confirmed, and their order is kept. */
export interface Publisher {
  /** Rejects with AppError `broker-down` while there is no channel, `rate-limited` when too much is in flight. */
  publish(address: string, message: OutgoingMessage, target: PublishTarget): Promise<Receipt>
  /** Refuses further messages, waits within the deadline for the receipts due, closes the channel. What is still due then is `uncertain`. */
  close(deadlineMs: number): Promise<void>
}

export interface PublishReport {
  /** The name of this process in the metadata of its messages. */
  source: string
  fault(code: string, text: string): void
  /** A publish named an exchange that does not exist. */
  exchangeMissing(): void
}

/** The confirm channel. */
type Gate =
  | { is: 'open'; channel: ConfirmChannel; close(deadlineMs: number): Promise<void> }
  | { is: 'opening' }
  | { is: 'closed' }

/** Opens a confirm channel, and another whenever the broker closes it. Ends with its connection. */
export async function openPublisher(connection: BrokerConnection, report: PublishReport): Promise<Publisher> {
  const unconfirmed = new UnconfirmedPublishes()
  let gate: Gate = { is: 'opening' }
  let blocked: string | null = null

  const open = async () => {
    const { channel, close, closed } = await connection.openConfirmChannel()
    channel.on('return', (message) => unconfirmed.returned(message))
    gate = { is: 'open', channel, close }
    void closed.then((error) => {
      settleAfter(error, unconfirmed)
      if (gate.is === 'closed' || connection.endReason()) return
      gate = { is: 'opening' }
      report.fault('publish-channel-lost', wordsOf(error))
      if (replyCodeOf(error) === REPLY.NOT_FOUND) report.exchangeMissing()
      open().catch((failure) => connection.cut(`no channel to publish on: ${wordsOf(failure)}`))
    })
  }
  connection.onBlocked((reason) => {
    blocked = reason
    if (reason === null) report.fault('unblocked', 'RabbitMQ takes messages again.')
    else report.fault('blocked', `RabbitMQ takes no messages for now: ${reason}`)
  })
  await open()

  return {
    publish: (address, message, target) => {
      if (gate.is !== 'open') return Promise.reject(failures.brokerDown('its confirm channel is not open'))
      if (blocked !== null) return refused('broker', `RabbitMQ takes no messages for now: ${blocked}`)
      if (unconfirmed.size >= UNCONFIRMED_MAX || unconfirmed.bytes >= UNCONFIRMED_MAX_BYTES)
        return tooMany(unconfirmed)
      const unfit = unfitHeader(message.headers)
      if (unfit !== null) return refused('client', unfit)
      const isDurable = target.durable === true && !target.isExchange
      const properties = propertiesOf(message, report.source, isDurable)
      const route = target.isExchange
        ? { address, exchange: address, key: message.key ?? '' }
        : { address, exchange: '', key: address }
      return send(gate.channel, unconfirmed, route, message, properties)
    },
    close: async (deadlineMs) => {
      const last = gate
      gate = { is: 'closed' }
      if (last.is !== 'open') return
      await succeedsWithin('the receipts due', deadlineMs, () => unconfirmed.empty())
      await last.close(deadlineMs)
    },
  }
}

const refused = (evidence: 'broker' | 'client', reason: string): Promise<Receipt> =>
  Promise.resolve({ outcome: 'refused', evidence, at: now(), reason })

const tooMany = ({ size }: UnconfirmedPublishes): Promise<never> =>
  Promise.reject(
    new AppError('rate-limited', `${size} messages to RabbitMQ are not confirmed yet`, {
      retryAfterMs: CROWDED_RETRY_MS,
    }),
  )

interface Route {
  address: string
  exchange: string
  key: string
}

function send(
  channel: ConfirmChannel,
  unconfirmed: UnconfirmedPublishes,
  { address, exchange, key }: Route,
  { messageId, body }: OutgoingMessage,
  properties: Options.Publish,
): Promise<Receipt> {
  const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return new Promise((settle) => {
    const number = unconfirmed.add({ address, messageId, bytes: content.length, settle, returned: null })
    try {
      channel.publish(exchange, key, content, properties, (error: unknown) => {
        if (error === null) unconfirmed.confirmed(number)
        else if (wordsOf(error) === 'message nacked')
          unconfirmed.refused(number, 'RabbitMQ did not take it (nack)')
        // Any other error is the end of the channel, which settles all that is unconfirmed with its reason.
      })
    } catch (error) {
      // Nothing was written: the client library encodes the whole message before it writes the first byte.
      unconfirmed.withdraw(number)
      settle({ outcome: 'refused', evidence: 'client', at: now(), reason: wordsOf(error) })
    }
  })
}

/**
 * The broker closes a channel for a bad publish without saying which one. It ignored those after it; those before it may
 * have arrived. Only a single unconfirmed message is known to be the refused one.
 */
function settleAfter(error: Error, unconfirmed: UnconfirmedPublishes): void {
  if (unconfirmed.size === 1 && publishFault.safeParse(error).success) unconfirmed.refusedOnly(wordsOf(error))
  else unconfirmed.lost(wordsOf(error))
}

/** One message that is written and not confirmed yet. */
export interface UnconfirmedPublish {
  readonly address: string
  readonly messageId: string
  readonly bytes: number
  readonly settle: (receipt: Receipt) => void
  returned: { replyCode: number; reason: string } | null
}

/** The messages of one confirm channel whose receipt is due, oldest first. Each gets exactly one receipt. */
export class UnconfirmedPublishes {
  readonly #table = new Map<number, UnconfirmedPublish>()
  #sequence = 0
  #bytes = 0
  #emptied: Deferred<void> | null = null

  get size(): number {
    return this.#table.size
  }

  get bytes(): number {
    return this.#bytes
  }

  add(message: UnconfirmedPublish): number {
    this.#table.set(++this.#sequence, message)
    this.#bytes += message.bytes
    return this.#sequence
  }

  /** It was not written after all: forgets it without a receipt. */
  withdraw(number: number): void {
    this.#remove(number)
  }

  /** A message that was returned before gets that receipt. */
  confirmed(number: number): void {
    const message = this.#remove(number)
    if (message?.returned) {
      message.settle({ outcome: 'returned', evidence: 'broker', at: now(), ...message.returned })
    } else message?.settle({ outcome: 'published', evidence: 'broker', at: now() })
  }

  refused(number: number, reason: string): void {
    this.#remove(number)?.settle({ outcome: 'refused', evidence: 'broker', at: now(), reason })
  }

  /** The broker refused the only message. */
  refusedOnly(reason: string): void {
    for (const number of [...this.#table.keys()]) this.refused(number, reason)
  }

  /** `basic.return`, which precedes the confirm of the same message (rabbitmq.com/docs/confirms). */
  returned({ fields, properties }: Message): void {
    for (const message of this.#table.values()) {
      if (message.returned || message.messageId !== properties.messageId) continue
      // The exchange's name, or, by the default exchange, which has none, the queue's.
      if (message.address !== (fields.exchange || fields.routingKey)) continue
      message.returned = returnOf(fields)
      return
    }
  }

  /** The channel or connection ended first: whether they arrived can't be known any more. */
  lost(reason: string): void {
    for (const number of [...this.#table.keys()]) {
      this.#remove(number)?.settle({ outcome: 'uncertain', evidence: 'client', at: now(), reason })
    }
  }

  /** Resolves once no receipt is due. */
  empty(): Promise<void> {
    if (this.size === 0) return Promise.resolve()
    this.#emptied ??= createDeferred<void>()
    return this.#emptied.promise
  }

  #remove(number: number): UnconfirmedPublish | undefined {
    const message = this.#table.get(number)
    if (!message) return undefined
    this.#table.delete(number)
    this.#bytes -= message.bytes
    if (this.size === 0) {
      this.#emptied?.resolve()
      this.#emptied = null
    }
    return message
  }
}

/** The client library's types lack the fields of a returned message that hold the broker's reason. */
function returnOf(fields: Message['fields']): { replyCode: number; reason: string } {
  const replyCode = 'replyCode' in fields && typeof fields.replyCode === 'number' ? fields.replyCode : 0
  const reason = 'replyText' in fields && typeof fields.replyText === 'string' ? fields.replyText : ''
  return { replyCode, reason }
}
