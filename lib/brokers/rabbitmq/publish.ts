import type { ConfirmChannel, Options } from 'amqplib'
import { z } from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import type { OutgoingMessage, Receipt } from '../contract.ts'
import { pause } from './bounded.ts'
import type { BrokerConnection } from './connection.ts'
import { createInFlightTable, type InFlightTable } from './in-flight.ts'
import { propertiesOf, unfitHeader } from './metadata.ts'
import { brokerDown, REPLY, replyCodeOf, wordsOf } from './reasons.ts'

/**
 * Written and not yet confirmed, at most. It also bounds what waits in this process when the socket cannot keep up, so
 * that no queue of our own is needed. Ten times the largest window a publisher here uses.
 */
const IN_FLIGHT_MAX = 10_000
const IN_FLIGHT_MAX_BYTES = 32 * 1024 * 1024
/** A full window of confirms is back in less. */
const CROWDED_RETRY_MS = 100
/** The method `basic.publish`, as a channel's close names it when that was the reason. */
const publishFault = z.object({ classId: z.literal(60), methodId: z.literal(40) })

/** Where a message is published to: an exchange, by the message's key, or the queue of that name, by the default exchange. */
export interface PublishTarget {
  isExchange: boolean
  /** Null while unknown. */
  durable: boolean | null
}

/** Publishing on one connection: each message confirmed, in the order given. */
export interface Publishing {
  /** Rejects with AppError `broker-down` while there is no channel, `rate-limited` when too much is in flight. */
  publish(address: string, message: OutgoingMessage, target: PublishTarget): Promise<Receipt>
  /** Takes no more, waits within the deadline for the receipts due, closes the channel. What is due even then is `uncertain`. */
  close(deadlineMs: number): Promise<void>
}

export interface PublishReport {
  /** Names this process in the metadata of its messages. */
  source: string
  fault(code: string, text: string): void
  /** A publish named an exchange that there is not. */
  exchangeMissing(): void
}

type Gate =
  | { is: 'open'; channel: ConfirmChannel; close(deadlineMs: number): Promise<void> }
  | { is: 'opening' }
  | { is: 'closed' }

/** Opens the confirm channel; opens it anew by itself when the broker closes it. Ends with its connection. */
export async function openPublishing(
  connection: BrokerConnection,
  report: PublishReport,
): Promise<Publishing> {
  const inFlight = createInFlightTable()
  let gate: Gate = { is: 'opening' }
  let blocked: string | null = null

  const open = async () => {
    const { channel, close, closed } = await connection.openConfirmChannel()
    channel.on('return', inFlight.returned)
    gate = { is: 'open', channel, close }
    void closed.then((error) => {
      settleAfter(error, inFlight)
      if (gate.is === 'closed' || connection.endedBecause()) return
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
      if (gate.is !== 'open') return Promise.reject(brokerDown('its channel for publishing is not open'))
      if (blocked !== null) return refused('broker', `RabbitMQ takes no messages for now: ${blocked}`)
      if (inFlight.size >= IN_FLIGHT_MAX || inFlight.bytes >= IN_FLIGHT_MAX_BYTES) return tooMany(inFlight)
      const unfit = unfitHeader(message.headers)
      if (unfit !== null) return refused('client', unfit)
      const isDurable = target.durable === true && !target.isExchange
      const properties = propertiesOf(message, report.source, isDurable)
      const route = target.isExchange
        ? { address, exchange: address, key: message.key ?? '' }
        : { address, exchange: '', key: address }
      return send(gate.channel, inFlight, route, message, properties)
    },
    close: async (deadlineMs) => {
      const last = gate
      gate = { is: 'closed' }
      if (last.is !== 'open') return
      const waiting = new AbortController()
      await Promise.race([inFlight.empty(), pause(deadlineMs, waiting.signal)])
      waiting.abort()
      await last.close(deadlineMs)
    },
  }
}

const refused = (evidence: 'broker' | 'client', reason: string): Promise<Receipt> =>
  Promise.resolve({ outcome: 'refused', evidence, at: now(), reason })

const tooMany = ({ size }: InFlightTable): Promise<never> =>
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
  inFlight: InFlightTable,
  { address, exchange, key }: Route,
  { messageId, body }: OutgoingMessage,
  properties: Options.Publish,
): Promise<Receipt> {
  const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return new Promise((settle) => {
    const number = inFlight.add({ address, messageId, bytes: content.length, settle, returned: null })
    try {
      channel.publish(exchange, key, content, properties, (error: unknown) => {
        if (error === null) inFlight.confirmed(number)
        else if (wordsOf(error) === 'message nacked')
          inFlight.refused(number, 'RabbitMQ did not take it (nack)')
        // Any other error is the channel's end, which settles everything in flight with its reason.
      })
    } catch (error) {
      // Nothing was written: the client library encodes a message whole before it writes the first byte.
      inFlight.withdraw(number)
      settle({ outcome: 'refused', evidence: 'client', at: now(), reason: wordsOf(error) })
    }
  })
}

/**
 * The broker closes a channel for a bad publish without saying which; what followed it was ignored, what preceded it
 * may have arrived. Only a message that was alone is known to be the refused one.
 */
function settleAfter(error: Error, inFlight: InFlightTable): void {
  if (inFlight.size === 1 && publishFault.safeParse(error).success) inFlight.refusedOnly(wordsOf(error))
  else inFlight.lost(wordsOf(error))
}
