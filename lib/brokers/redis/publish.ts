import type { OutgoingMessage, Receipt } from '#lib/brokers/contract.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred, type Deferred } from '#lib/util/deferred.ts'
import type { Sent } from './channel-book.ts'
import type { Channels } from './channels.ts'
import type { Link } from './link.ts'
import { subChannel } from './modes/fanout.ts'
import { brokerDown, isErrorReply, isNeverWritten, wordsOf } from './reasons.ts'
import { WrittenCommand } from './written-command.ts'

export interface Publishing {
  /**
   * To the channel itself, or, with a key, to the sub-channel `<address>.<key>`: a channel like any other. One PUBLISH on the publishing connection, entered in its channel's order before it is written. Its reply counts
   * subscriptions, whoever owns them (redis.io/docs/latest/commands/publish). A connection that ends before the reply
   * leaves the message uncertain; it is never written again. Rejects with AppError `broker-down` when it could not be
   * written.
   */
  publish(link: Link, address: string, message: OutgoingMessage): Promise<Receipt>
  /** Resolves once every receipt that is due now has come. */
  settled(): Promise<void>
}

export function createPublishing(channels: Channels): Publishing {
  let due = 0
  let waiting: Deferred<void> | undefined
  const received = () => {
    due--
    if (due === 0) waiting?.resolve()
  }
  const heard = (channel: string, sent: Sent, heardBy: number): Receipt => {
    received()
    channels.settle(channel, sent, heardBy > 0 ? 'heard' : 'absent')
    const at = now()
    return heardBy > 0
      ? { outcome: 'published', evidence: 'broker', at, heardBy }
      : { outcome: 'unheard', evidence: 'broker', at }
  }
  const failed = (channel: string, sent: Sent, error: unknown): Receipt => {
    received()
    const reason = wordsOf(error)
    const wasWritten = !isNeverWritten(error)
    const isRefused = isErrorReply(error)
    channels.settle(channel, sent, wasWritten && !isRefused ? 'uncertain' : 'absent')
    if (!wasWritten) throw brokerDown(reason, error)
    return isRefused
      ? { outcome: 'refused', evidence: 'broker', at: now(), reason }
      : { outcome: 'uncertain', evidence: 'client', at: now(), reason }
  }
  return {
    publish: (link, address, message) => {
      const channel = message.key === undefined ? address : subChannel(address, message.key)
      if (!link.isWritable()) return Promise.reject(brokerDown('the connection is ending'))
      link.writeTogether('first')
      const sent = channels.send(channel, message.messageId, message.body)
      due++
      const command = new WrittenCommand('publish', channel, [message.body])
      link.redis.sendCommand(command)
      return command.promise.then(
        (heardBy: unknown) => heard(channel, sent, Number(heardBy)),
        (error: unknown) => failed(channel, sent, error),
      )
    },
    settled: () => {
      if (due === 0) return Promise.resolve()
      waiting ??= createDeferred()
      return waiting.promise
    },
  }
}
