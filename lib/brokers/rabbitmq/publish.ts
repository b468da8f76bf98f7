import type { ConfirmChannel, Message } from 'amqplib'
import * as z from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred, type Deferred } from '#lib/util/deferred.ts'
import type { OutgoingMessage, Receipt } from '../contract.ts'
import { succeedsWithin } from '../kit/deadlines.ts'
import { wordsOf } from '../kit/failures.ts'
import type { Alarms } from './alarms.ts'
import type { BrokerConnection, OpenChannel } from './connection.ts'
import { failures, REPLY, replyCodeOf } from './failures.ts'
import type { ManagedDestination } from './managed-destination.ts'
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
/** The client library's types lack the broker's reason for returning a message. */
const returnSchema = z.object({ replyCode: z.number().catch(0), replyText: z.string().catch('') })

/** An exchange routes by the message's key; a queue is reached by its name through the default exchange. */
type PublishTarget = Pick<ManagedDestination, 'kind' | 'durable'>

export interface PublishReport {
  /** The name of this process in the metadata of its messages. */
  source: string
  alarms: Alarms
  fault(code: string, text: string): void
  /** A publish named an exchange that does not exist. */
  exchangeMissing(): void
}

type ConfirmMode = { is: 'on'; opened: OpenChannel<ConfirmChannel> } | { is: 'opening' } | { is: 'closed' }

/**
 * Publishes on one connection: each message is confirmed, and their order is kept. It opens another confirm channel whenever
 * the broker closes the one it has, and ends with its connection.
 */
export class Publisher {
  readonly #connection: BrokerConnection
  readonly #report: PublishReport
  readonly #unconfirmed = new UnconfirmedPublishes()
  #confirms: ConfirmMode = { is: 'opening' }

  constructor(connection: BrokerConnection, report: PublishReport) {
    this.#connection = connection
    this.#report = report
    connection.onBlocked((reason) => report.alarms.connectionBlocked(reason))
  }

  /** Opens the first confirm channel. Throws the raw error. */
  async open(): Promise<void> {
    const opened = await this.#connection.openConfirmChannel()
    opened.channel.on('return', (message) => this.#unconfirmed.returned(message))
    this.#confirms = { is: 'on', opened }
    void opened.closed.then((error) => this.#channelClosed(error))
  }

  /** Rejects with AppError `broker-down` while there is no channel, `rate-limited` when too much is in flight. */
  publish(address: string, message: OutgoingMessage, target: PublishTarget): Promise<Receipt> {
    const confirms = this.#confirms
    const unconfirmed = this.#unconfirmed
    if (confirms.is !== 'on') return Promise.reject(failures.brokerDown('its confirm channel is not open'))
    const alarm = this.#report.alarms.reason
    if (alarm !== null) return refused('broker', takesNone(alarm))
    if (unconfirmed.size >= UNCONFIRMED_MAX || unconfirmed.bytes >= UNCONFIRMED_MAX_BYTES)
      return tooMany(unconfirmed)
    const unfit = unfitHeader(message.headers)
    if (unfit !== null) return refused('client', unfit)
    return this.#send(confirms.opened.channel, address, message, target)
  }

  /**
   * Refuses further messages, waits within the deadline for the receipts due, closes the channel. What is still due then is
   * `uncertain`.
   */
  async close(deadlineMs: number): Promise<void> {
    const last = this.#confirms
    this.#confirms = { is: 'closed' }
    if (last.is !== 'on') return
    await succeedsWithin('the receipts due', deadlineMs, () => this.#unconfirmed.empty())
    await last.opened.close(deadlineMs)
  }

  #send(
    channel: ConfirmChannel,
    address: string,
    message: OutgoingMessage,
    { kind, durable }: PublishTarget,
  ): Promise<Receipt> {
    const { messageId, body } = message
    const isExchange = kind === 'exchange'
    const exchange = isExchange ? address : ''
    const key = isExchange ? (message.key ?? '') : address
    const properties = propertiesOf(message, this.#report.source, durable === true && !isExchange)
    const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    const unconfirmed = this.#unconfirmed
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

  #channelClosed(error: Error): void {
    const unconfirmed = this.#unconfirmed
    const reason = wordsOf(error)
    // The broker closes a channel for a bad publish without saying which one. It ignored those after it; those before it may
    // have arrived. Only a single unconfirmed message is known to be the refused one.
    if (unconfirmed.size === 1 && publishFault.safeParse(error).success) unconfirmed.refusedOnly(reason)
    else unconfirmed.lost(reason)
    if (this.#confirms.is === 'closed' || this.#connection.endReason) return
    this.#confirms = { is: 'opening' }
    this.#report.fault('publish-channel-lost', reason)
    if (replyCodeOf(error) === REPLY.NOT_FOUND) this.#report.exchangeMissing()
    this.open().catch((failure) => this.#connection.cut(`no channel to publish on: ${wordsOf(failure)}`))
  }
}

export const takesNone = (reason: string): string => `RabbitMQ takes no messages for now: ${reason}`

/** The receipt of a message that was not sent, or not taken. */
export const refused = (evidence: 'broker' | 'client', reason: string): Promise<Receipt> =>
  Promise.resolve({ outcome: 'refused', evidence, at: now(), reason })

const tooMany = ({ size }: UnconfirmedPublishes): Promise<never> =>
  Promise.reject(
    new AppError('rate-limited', `${size} messages to RabbitMQ are not confirmed yet`, {
      retryAfterMs: CROWDED_RETRY_MS,
    }),
  )

/** One message that is written and not confirmed yet. */
export interface UnconfirmedPublish {
  readonly address: string
  readonly messageId: string
  readonly bytes: number
  readonly settle: (receipt: Receipt) => void
  returned: { replyCode: number; reason: string } | null
}

/** The messages of a connection's confirm channel whose receipt is due, oldest first: of one channel after the other. Each gets exactly one receipt. */
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
      const { replyCode, replyText } = returnSchema.parse(fields)
      message.returned = { replyCode, reason: replyText }
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
