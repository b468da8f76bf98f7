import type { Channel, ConsumeMessage } from 'amqplib'
import type { SettleVerb } from '#lib/protocol/command-schemas.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { ConsumerSession } from '../kit/consumer-life.ts'
import { countdown, succeedsWithin, withDeadline } from '../kit/deadlines.ts'
import { wordsOf } from '../kit/failures.ts'
import type { BrokerConnection, OpenChannel } from './connection.ts'
import type { Subscription } from './consume-strategy.ts'

/** From `basic.cancel` to the broker's cancel-ok, which says that no further delivery is on its way. */
const CANCEL_TIMEOUT_MS = 1_000
const SUBSCRIBE_TIMEOUT_MS = 5_000
/** Closing a channel and a connection takes two round trips. */
const CLOSE_TIMEOUT_MS = 2_000

/** Why a consumer lost its subscription without its own doing. */
export class SubscriptionLost extends Error {
  readonly by: 'connection' | 'channel' | 'cancel'

  constructor(by: SubscriptionLost['by'], text: string) {
    super(text)
    this.name = 'SubscriptionLost'
    this.by = by
  }
}

/** One consumer's channel and subscription on its own connection. Its owner ends it with `leave` or `destroy`. */
export interface RabbitSession extends ConsumerSession {
  /** Writes the settlement. False when the channel is gone: the broker delivers the message again. */
  settle(message: ConsumeMessage, verb: SettleVerb): boolean
  /**
   * Subscribes, or subscribes anew: RabbitMQ applies a new prefetch to new subscriptions only
   * (rabbitmq.com/docs/consumer-prefetch). `prepare` is called when the old subscription delivers nothing any more. Throws
   * the raw error.
   */
  subscribe(prepare: (channel: Channel) => Promise<Subscription>): Promise<void>
  /** Resolves when nothing further is delivered. Throws the raw error. */
  unsubscribe(): Promise<void>
  /** Uses the channel between two of these steps. Throws the raw error. */
  use(work: (channel: Channel) => Promise<void>): Promise<void>
  /** The exchange that its queue was bound to is gone, which the broker does not report: closes, and reports the loss. */
  lose(text: string): void
  /** Unsubscribes; when nothing further is delivered, runs `last` and closes channel and connection. Never throws. */
  leave(deadlineMs: number, last: () => void): Promise<void>
}

export interface SessionListener {
  onMessage(session: RabbitSession, message: ConsumeMessage, noAck: boolean): void
  /** The consumer is about to subscribe to that queue; the returned function is called when it has unsubscribed. */
  enter(queue: string): () => void
}

/** Opens a channel; the caller subscribes. `tag` is the consumer tag. Throws the raw error. */
export async function openConsumerSession(
  connection: BrokerConnection,
  tag: string,
  listener: SessionListener,
): Promise<RabbitSession> {
  const opened = await connection.openChannel()
  const { channel } = opened
  const ended = createDeferred<Error>()
  /** It was lost or left: nothing follows. */
  let isOver = false
  /** A polite close that is under way, because the connection outlived the subscription. */
  let closing: Promise<void> | null = null

  const lost = (error: SubscriptionLost) => {
    if (isOver) return
    isOver = true
    if (error.by !== 'connection') closing = connection.close(CLOSE_TIMEOUT_MS)
    ended.resolve(error)
  }
  watchLoss(connection, opened, lost)
  const onMessage = (message: ConsumeMessage | null, { queue, noAck }: Subscription) => {
    // The broker itself cancels a subscription when the queue is deleted.
    if (message === null) lost(new SubscriptionLost('cancel', `the queue "${queue}" was deleted`))
    else if (!isOver) listener.onMessage(session, message, noAck)
  }
  const subscription = createSubscription(channel, tag, listener.enter, onMessage)
  void ended.promise.then(subscription.ended)
  const session: RabbitSession = {
    ended: ended.promise,
    destroy: (reason) => closing ?? connection.cut(reason),
    lose: (text) => lost(new SubscriptionLost('cancel', text)),
    subscribe: subscription.renew,
    unsubscribe: subscription.cancel,
    use: subscription.use,
    settle: (message, verb) => {
      try {
        settleOn(channel, message, verb)
        return true
      } catch (error) {
        lost(new SubscriptionLost('channel', wordsOf(error)))
        return false
      }
    },
    leave: async (deadlineMs, last) => {
      const left = countdown(deadlineMs)
      // Without a cancel-ok, closing the channel ends the subscription all the same.
      await succeedsWithin('basic.cancel', Math.min(CANCEL_TIMEOUT_MS, left()), subscription.cancel)
      last()
      isOver = true
      subscription.ended()
      // The channel first: its close travels behind the acks, while the connection's would overtake them.
      await opened.close(left())
      await connection.close(left())
    },
  }
  return session
}

function watchLoss(
  connection: BrokerConnection,
  { closed }: OpenChannel<Channel>,
  lost: (error: SubscriptionLost) => void,
): void {
  void connection.ended.then((error) => lost(new SubscriptionLost('connection', wordsOf(error))))
  void closed.then((error) => {
    const ended = connection.endReason()
    lost(new SubscriptionLost(ended ? 'connection' : 'channel', wordsOf(ended ?? error)))
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
  tag: string,
  enter: (queue: string) => () => void,
  onMessage: (message: ConsumeMessage | null, subscription: Subscription) => void,
) {
  let isSubscribed = false
  let exit = () => {}
  let last: Promise<void> = Promise.resolve()
  const cancel = async () => {
    if (!isSubscribed) return
    isSubscribed = false
    await channel.cancel(tag)
    exit()
  }
  const subscribe = async (prepare: (channel: Channel) => Promise<Subscription>) => {
    await cancel()
    const subscription = await prepare(channel)
    const { queue, prefetch, noAck, arguments: given } = subscription
    await channel.prefetch(prefetch)
    exit = enter(queue)
    const options = { consumerTag: tag, noAck, arguments: given }
    await channel.consume(queue, (message) => onMessage(message, subscription), options)
    isSubscribed = true
  }
  const inTurn = (what: string, step: () => Promise<void>): Promise<void> => {
    last = last.then(step, step)
    return withDeadline(what, SUBSCRIBE_TIMEOUT_MS, last)
  }
  return {
    renew: (prepare: (channel: Channel) => Promise<Subscription>) =>
      inTurn('basic.consume', () => subscribe(prepare)),
    cancel: () => inTurn('basic.cancel', cancel),
    use: (work: (channel: Channel) => Promise<void>) => inTurn('a declaration', () => work(channel)),
    ended: () => exit(),
  }
}
