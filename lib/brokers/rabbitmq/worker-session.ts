import type { Channel, ConsumeMessage } from 'amqplib'
import { createDeferred } from '#lib/util/deferred.ts'
import { bounded, countdown } from './bounded.ts'
import type { BrokerConnection, WatchedChannel } from './connection.ts'
import { wordsOf } from './reasons.ts'

/** From `basic.cancel` to the broker's cancel-ok, which says that no further delivery is on its way. */
const CANCEL_TIMEOUT_MS = 1_000
const SUBSCRIBE_TIMEOUT_MS = 5_000

/** Why a worker lost its place at its queue without its own doing. */
export interface Loss {
  cause: 'connection' | 'channel' | 'cancelled'
  text: string
}

/** One worker's channel and subscription on its own connection. Over for good once lost or left. */
export interface WorkerSession {
  /** Resolves (never rejects) once it is lost, left, or its connection cut. */
  readonly lost: Promise<Loss>
  /** Writes an ack. False when the channel is gone: the delivery is the broker's to hand out again. */
  ack(message: ConsumeMessage): boolean
  /**
   * Subscribes, or subscribes anew with another prefetch: RabbitMQ applies it to new subscriptions only
   * (rabbitmq.com/docs/consumer-prefetch). Throws the raw error.
   */
  subscribe(prefetch: number): Promise<void>
  /** Unsubscribes; then, when nothing further arrives, runs `goodbye` and closes channel and connection. Never throws. */
  leave(deadlineMs: number, goodbye: () => void): Promise<void>
}

export interface WorkerPlace {
  queue: string
  /** Its consumer tag on the broker. */
  tag: string
  onMessage(session: WorkerSession, message: ConsumeMessage): void
}

/** Manual acks. The caller subscribes; from consume-ok on, whatever is published is for this worker too. */
export async function openWorkerSession(
  connection: BrokerConnection,
  place: WorkerPlace,
): Promise<WorkerSession> {
  const watched = await connection.openChannel()
  const { channel } = watched
  const lost = createDeferred<Loss>()
  watchLoss(connection, watched, lost.resolve)
  const onMessage = (message: ConsumeMessage | null) => {
    if (message) place.onMessage(session, message)
    // The broker itself cancels a subscription when the queue is deleted.
    else lost.resolve({ cause: 'cancelled', text: `the queue "${place.queue}" was deleted` })
  }
  const subscription = createSubscription(channel, place, onMessage)
  const session: WorkerSession = {
    lost: lost.promise,
    subscribe: (prefetch) => bounded('basic.consume', SUBSCRIBE_TIMEOUT_MS, subscription.renew(prefetch)),
    ack: (message) => {
      try {
        channel.ack(message)
        return true
      } catch (error) {
        lost.resolve({ cause: 'channel', text: wordsOf(error) })
        return false
      }
    },
    leave: async (deadlineMs, goodbye) => {
      const left = countdown(deadlineMs)
      try {
        await bounded('basic.cancel', Math.min(CANCEL_TIMEOUT_MS, left()), subscription.end())
      } catch {
        // Without a cancel-ok, closing the channel ends the subscription all the same.
      }
      goodbye()
      // The channel first: its close travels behind the acks, while the connection's would overtake them.
      await watched.close(left())
      await connection.close(left())
    },
  }
  return session
}

function watchLoss(
  connection: BrokerConnection,
  { closed }: WatchedChannel<Channel>,
  lose: (loss: Loss) => void,
): void {
  void connection.ended.then((error) => lose({ cause: 'connection', text: wordsOf(error) }))
  void closed.then((error) => {
    const ended = connection.endedBecause()
    lose({ cause: ended ? 'connection' : 'channel', text: wordsOf(ended ?? error) })
  })
}

/** One step at a time: a second subscription under a tag that is still in use would end the connection. */
function createSubscription(
  channel: Channel,
  { queue, tag }: WorkerPlace,
  onMessage: (message: ConsumeMessage | null) => void,
) {
  let isSubscribed = false
  let last: Promise<void> = Promise.resolve()
  const cancel = async () => {
    if (!isSubscribed) return
    isSubscribed = false
    await channel.cancel(tag)
  }
  const subscribe = async (prefetch: number) => {
    await cancel()
    await channel.prefetch(prefetch)
    await channel.consume(queue, onMessage, { consumerTag: tag, noAck: false })
    isSubscribed = true
  }
  const inTurn = (step: () => Promise<void>): Promise<void> => {
    last = last.then(step, step)
    return last
  }
  return {
    renew: (prefetch: number) => inTurn(() => subscribe(prefetch)),
    end: () => inTurn(cancel),
  }
}
