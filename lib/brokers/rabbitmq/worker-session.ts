import type { Channel, ConsumeMessage } from 'amqplib'
import type { SettleVerb } from '#lib/protocol/commands.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { bounded, countdown } from './bounded.ts'
import type { BrokerConnection, OpenChannel } from './connection.ts'
import type { Subscription } from './consume-strategy.ts'
import { wordsOf } from './failures.ts'

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
  /** Writes how it is settled. False when the channel is gone: the delivery is the broker's to hand out again. */
  settle(message: ConsumeMessage, verb: SettleVerb): boolean
  /**
   * Subscribes, or subscribes anew: RabbitMQ applies a new prefetch to new subscriptions only
   * (rabbitmq.com/docs/consumer-prefetch). `make` is asked when nothing of the old one can arrive any more. Throws the
   * raw error.
   */
  subscribe(make: (channel: Channel) => Promise<Subscription>): Promise<void>
  /** Resolves when nothing further arrives. Throws the raw error. */
  unsubscribe(): Promise<void>
  /** Uses the channel between two of these steps. Throws the raw error. */
  use(work: (channel: Channel) => Promise<void>): Promise<void>
  /** Its place is not worth keeping. */
  lose(loss: Loss): void
  /** Unsubscribes; then, when nothing further arrives, runs `goodbye` and closes channel and connection. Never throws. */
  leave(deadlineMs: number, goodbye: () => void): Promise<void>
}

export interface WorkerPlace {
  /** Its consumer tag on the broker. */
  tag: string
  onMessage(session: WorkerSession, message: ConsumeMessage, noAck: boolean): void
  /** It is about to consume from that queue; returns how to say that it does no more. */
  enter(queue: string): () => void
}

/** The caller subscribes; from consume-ok on, whatever is published is for this worker too. */
export async function openWorkerSession(
  connection: BrokerConnection,
  place: WorkerPlace,
): Promise<WorkerSession> {
  const watched = await connection.openChannel()
  const { channel } = watched
  const lost = createDeferred<Loss>()
  watchLoss(connection, watched, lost.resolve)
  const onMessage = (message: ConsumeMessage | null, { queue, noAck }: Subscription) => {
    if (message) place.onMessage(session, message, noAck)
    // The broker itself cancels a subscription when the queue is deleted.
    else lost.resolve({ cause: 'cancelled', text: `the queue "${queue}" was deleted` })
  }
  const subscription = createSubscription(channel, place, onMessage)
  void lost.promise.then(subscription.isOver)
  const session: WorkerSession = {
    lost: lost.promise,
    lose: lost.resolve,
    subscribe: (make) => bounded('basic.consume', SUBSCRIBE_TIMEOUT_MS, subscription.renew(make)),
    unsubscribe: () => bounded('basic.cancel', SUBSCRIBE_TIMEOUT_MS, subscription.end()),
    use: (work) =>
      bounded(
        'a declaration',
        SUBSCRIBE_TIMEOUT_MS,
        subscription.use(() => work(channel)),
      ),
    settle: (message, verb) => {
      try {
        settleOn(channel, message, verb)
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
  { closed }: OpenChannel<Channel>,
  lose: (loss: Loss) => void,
): void {
  void connection.ended.then((error) => lose({ cause: 'connection', text: wordsOf(error) }))
  void closed.then((error) => {
    const ended = connection.endReason()
    lose({ cause: ended ? 'connection' : 'channel', text: wordsOf(ended ?? error) })
  })
}

/** `basic.reject`, not `basic.nack`, for both: from RabbitMQ 4.3 a delivery limit counts only the former. */
function settleOn(channel: Channel, message: ConsumeMessage, verb: SettleVerb): void {
  switch (verb) {
    case 'ack':
      channel.ack(message)
      break
    case 'requeue':
    case 'reject':
      channel.reject(message, verb === 'requeue')
      break
    default:
      unreachable(verb)
  }
}

/** One step at a time: a second subscription under a tag that is still in use would end the connection. */
function createSubscription(
  channel: Channel,
  { tag, enter }: WorkerPlace,
  onMessage: (message: ConsumeMessage | null, subscription: Subscription) => void,
) {
  let isSubscribed = false
  let isOver = () => {}
  let last: Promise<void> = Promise.resolve()
  const cancel = async () => {
    if (!isSubscribed) return
    isSubscribed = false
    await channel.cancel(tag)
    isOver()
  }
  const subscribe = async (make: (channel: Channel) => Promise<Subscription>) => {
    await cancel()
    const subscription = await make(channel)
    const { queue, prefetch, noAck, arguments: given } = subscription
    await channel.prefetch(prefetch)
    isOver = enter(queue)
    const options = { consumerTag: tag, noAck, arguments: given }
    await channel.consume(queue, (message) => onMessage(message, subscription), options)
    isSubscribed = true
  }
  const inTurn = (step: () => Promise<void>): Promise<void> => {
    last = last.then(step, step)
    return last
  }
  return {
    renew: (make: (channel: Channel) => Promise<Subscription>) => inTurn(() => subscribe(make)),
    end: () => inTurn(cancel),
    use: inTurn,
    isOver: () => isOver(),
  }
}
