import type { OutgoingMessage, Receipt } from '#lib/brokers/contract.ts'
import { now } from '#lib/util/clock.ts'
import type { Link } from '../link.ts'
import { brokerDown } from '../reasons.ts'
import { unreceived } from '../unreceived.ts'
import type { ListBook } from './book.ts'

/**
 * One LPUSH of exactly the typed bytes, entered in the list's book before it is written. A connection that ends before
 * the reply leaves the message uncertain; it is never written again. Rejects with AppError `broker-down` when it could
 * not be written.
 */
export function push(link: Link, list: string, book: ListBook, message: OutgoingMessage): Promise<Receipt> {
  if (!link.isWritable()) return Promise.reject(brokerDown('the connection is ending'))
  link.writeTogether('first')
  const body = Buffer.from(message.body.buffer, message.body.byteOffset, message.body.byteLength)
  const known = book.send(message.messageId, body)
  const failed = (error: unknown): Receipt => {
    try {
      const receipt = unreceived(error)
      if (receipt.outcome === 'refused') book.forget(known, body)
      return receipt
    } catch (down) {
      book.forget(known, body)
      throw down
    }
  }
  return link.redis.lpush(list, body).then(
    (): Receipt => ({
      outcome: 'published',
      evidence: 'broker',
      at: now(),
      address: { kind: 'item', list },
    }),
    failed,
  )
}
