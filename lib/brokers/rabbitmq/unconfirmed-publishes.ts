import type { Message } from 'amqplib'
import { now } from '#lib/util/clock.ts'
import { createDeferred, type Deferred } from '#lib/util/deferred.ts'
import type { Receipt } from '../contract.ts'

/** One message that is written and not confirmed yet. */
export interface UnconfirmedPublish {
  readonly address: string
  readonly messageId: string
  readonly bytes: number
  readonly settle: (receipt: Receipt) => void
  returned: { replyCode: number; reason: string } | null
}

/** The messages of one confirm channel whose receipt is due, oldest first. Each gets exactly one receipt. */
export interface UnconfirmedPublishes {
  readonly size: number
  readonly bytes: number
  add(message: UnconfirmedPublish): number
  /** It was not written after all: forgets it without a receipt. */
  withdraw(number: number): void
  confirmed(number: number): void
  refused(number: number, reason: string): void
  /** The broker refused the only message. */
  refusedOnly(reason: string): void
  /** `basic.return`, which precedes the confirm of the same message (rabbitmq.com/docs/confirms). */
  returned(message: Message): void
  /** The channel or connection ended first: whether they arrived can't be known any more. */
  lost(reason: string): void
  /** Resolves once no receipt is due. */
  empty(): Promise<void>
}

/** The receipt that a confirm stands for: `returned` when the message was returned before. */
function receiptFor({ returned }: UnconfirmedPublish): Receipt {
  if (returned) return { outcome: 'returned', evidence: 'broker', at: now(), ...returned }
  return { outcome: 'published', evidence: 'broker', at: now() }
}

export function createUnconfirmedPublishes(): UnconfirmedPublishes {
  const table = new Map<number, UnconfirmedPublish>()
  let sequence = 0
  let bytes = 0
  let emptied: Deferred<void> | null = null

  const remove = (number: number): UnconfirmedPublish | undefined => {
    const message = table.get(number)
    if (!message) return undefined
    table.delete(number)
    bytes -= message.bytes
    if (table.size === 0) {
      emptied?.resolve()
      emptied = null
    }
    return message
  }
  const refuse = (number: number, reason: string) =>
    remove(number)?.settle({ outcome: 'refused', evidence: 'broker', at: now(), reason })

  return {
    get size() {
      return table.size
    },
    get bytes() {
      return bytes
    },
    add: (message) => {
      table.set(++sequence, message)
      bytes += message.bytes
      return sequence
    },
    withdraw: (number) => void remove(number),
    confirmed: (number) => {
      const message = remove(number)
      message?.settle(receiptFor(message))
    },
    refused: refuse,
    refusedOnly: (reason) => {
      for (const number of [...table.keys()]) refuse(number, reason)
    },
    returned: ({ fields, properties }) => {
      for (const message of table.values()) {
        if (message.returned || message.messageId !== properties.messageId) continue
        // The exchange's name, or, by the default exchange, which has none, the queue's.
        if (message.address !== (fields.exchange || fields.routingKey)) continue
        message.returned = returnOf(fields)
        return
      }
    },
    lost: (reason) => {
      for (const number of [...table.keys()]) {
        remove(number)?.settle({ outcome: 'uncertain', evidence: 'client', at: now(), reason })
      }
    },
    empty: () => {
      if (table.size === 0) return Promise.resolve()
      emptied ??= createDeferred<void>()
      return emptied.promise
    },
  }
}

/** The client library's types lack the fields of a returned message that hold the broker's reason. */
function returnOf(fields: Message['fields']): { replyCode: number; reason: string } {
  const replyCode = 'replyCode' in fields && typeof fields.replyCode === 'number' ? fields.replyCode : 0
  const reason = 'replyText' in fields && typeof fields.replyText === 'string' ? fields.replyText : ''
  return { replyCode, reason }
}
