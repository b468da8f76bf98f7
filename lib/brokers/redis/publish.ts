import type { OutgoingMessage, Receipt } from '#lib/brokers/contract.ts'
import { now } from '#lib/util/clock.ts'
import type { Channels } from './channels.ts'
import type { Link } from './link.ts'
import { brokerDown, isErrorReply, isNeverWritten, wordsOf } from './reasons.ts'

const asBuffer = (body: Uint8Array): Buffer =>
  Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)

/**
 * One PUBLISH on the publishing connection, entered in its channel's order before it is written. Its reply counts
 * subscriptions, whoever owns them (redis.io/docs/latest/commands/publish). A connection that ends before the reply
 * leaves the message uncertain; it is never written again. Throws AppError `broker-down` when it could not be written.
 */
export async function publishOnce(
  link: Link,
  channels: Channels,
  channel: string,
  message: OutgoingMessage,
): Promise<Receipt> {
  const sent = channels.send(channel, message.messageId, message.body)
  try {
    const heardBy = await link.redis.publish(channel, asBuffer(message.body))
    channels.settle(channel, sent, heardBy > 0 ? 'heard' : 'absent')
    return heardBy > 0
      ? { outcome: 'published', evidence: 'broker', at: now(), heardBy }
      : { outcome: 'unheard', evidence: 'broker', at: now() }
  } catch (error) {
    const reason = wordsOf(error)
    if (isNeverWritten(error)) {
      channels.settle(channel, sent, 'absent')
      throw brokerDown(reason, error)
    }
    if (isErrorReply(error)) {
      channels.settle(channel, sent, 'absent')
      return { outcome: 'refused', evidence: 'broker', at: now(), reason }
    }
    channels.settle(channel, sent, 'uncertain')
    return { outcome: 'uncertain', evidence: 'client', at: now(), reason }
  }
}
