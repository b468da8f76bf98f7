import type { ConsumeMessage } from 'amqplib'
import type { SettleVerb } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { isPoison } from '#lib/protocol/poison.ts'
import { now } from '#lib/util/clock.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { ConsumerEvent } from '../contract.ts'
import type { ConsumerLife } from '../kit/consumer-life.ts'
import { type Settlement, type Unacked, UnackedDeliveries } from '../kit/unacked-deliveries.ts'
import { forgetFrame } from './basic-properties.ts'
import type { ConsumeStrategy } from './consume-strategy.ts'
import type { RabbitSession } from './consumer-session.ts'
import { failures } from './failures.ts'
import { type Identities, recurrenceKeyOf } from './message-identity.ts'

const NO_BODY = Buffer.alloc(0)

/** A message that is not settled yet, with what its settlement needs. */
interface UnackedMessage {
  readonly messageId: string | null
  readonly identity: string
  readonly attempt: number | null
  readonly message: ConsumeMessage
  recurrenceKey: string | null
}
type UnackedDelivery = Unacked<UnackedMessage>

/** What one consumer received: emitted, then unacked until it was processed and settled. */
export class ReceivedMessages {
  readonly #strategy: ConsumeStrategy
  readonly #identities: Identities
  readonly #nextDelivery: () => number
  readonly #life: ConsumerLife<RabbitSession>
  readonly unacked: UnackedDeliveries<UnackedMessage>

  /** `nextDelivery` yields a number that no other delivery of this driver has. */
  constructor(
    strategy: ConsumeStrategy,
    life: ConsumerLife<RabbitSession>,
    { identities, nextDelivery }: { identities: Identities; nextDelivery: () => number },
  ) {
    this.#strategy = strategy
    this.#life = life
    this.#identities = identities
    this.#nextDelivery = nextDelivery
    this.unacked = new UnackedDeliveries<UnackedMessage>({
      processing: () => strategy.processing,
      settle: (unacked, verb, reason) => this.#settle(unacked, verb, reason),
      emit: (event) => life.emit(event),
      // With an unlimited prefetch the bodies and headers could be any amount.
      onStillUnacked: ({ item }) => {
        recurrenceKey(item)
        item.message.content = NO_BODY
        forgetFrame(item.message.properties)
      },
      toAppError: failures.toAppError,
    })
  }

  /** Settles by hand. Throws AppError `not-capable`, `wrong-state` or `delivery-not-found`. */
  async settle(delivery: number, verb: SettleVerb): Promise<void> {
    if (this.unacked.isPaused && this.#strategy.processing.ackMode === 'manual') {
      throw new AppError('wrong-state', 'while it is paused it settles nothing')
    }
    await this.unacked.settle(delivery, verb)
  }

  receive(session: RabbitSession, message: ConsumeMessage, noAck: boolean): void {
    const event = this.#strategy.describe(message, this.#nextDelivery())
    if (event === null) {
      session.settle(message, 'ack')
      return
    }
    if (noAck) {
      this.#life.emit({ ...event, inHand: false })
      return
    }
    const { delivery, messageId, identity, attempt } = event
    const item = { messageId, identity, attempt, message, recurrenceKey: null }
    const poison = this.#strategy.processes && isPoison(message.properties.headers)
    this.unacked.add({ delivery, settles: true, item, isPoison: poison })
    this.#life.emit(event)
  }

  /** Forgets what is unacked, because the broker requeues it or drops it, and returns the numbers of the deliveries. */
  release(): number[] {
    const released = this.unacked.clear()
    for (const { item } of released) this.#rememberPutBack(this.#strategy.identityKey, item)
    return released.map(({ delivery }) => delivery)
  }

  /** On a stream: acknowledges what was read and is not processed yet, so that the broker sends on. */
  grantCredit(session: RabbitSession): void {
    for (const { item } of this.unacked.clear()) session.settle(item.message, 'ack')
  }

  #settle(unacked: UnackedDelivery, verb: SettleVerb, reason: string | undefined): Settlement {
    if (!this.#life.session?.settle(unacked.item.message, verb)) return null
    if (!this.#strategy.settles) return []
    // A settlement by hand is a person's decision and has no reason.
    return this.#eventsOf(unacked, verb, this.#strategy.processing.ackMode === 'manual' ? undefined : reason)
  }

  /** AMQP does not confirm settlements, hence the evidence `client`. */
  #eventsOf({ delivery, item }: UnackedDelivery, verb: SettleVerb, reason: string | undefined): Settlement {
    switch (verb) {
      case 'ack':
        return [{ type: 'acknowledged', delivery, evidence: 'client', at: now() }]
      case 'reject':
        return [
          ...this.#deadLettered(item, delivery, reason ?? 'rejected'),
          settled('rejected', delivery, reason),
        ]
      case 'requeue': {
        const { deliveryLimit } = this.#strategy.deadLetterPolicy
        if (deliveryLimit === null || item.attempt === null || item.attempt <= deliveryLimit) {
          this.#rememberPutBack(this.#strategy.identityKey, item)
          return [settled('requeued', delivery, reason)]
        }
        const overLimit = `its queue gives up on a message that came back ${deliveryLimit} times`
        return [...this.#deadLettered(item, delivery, overLimit), settled('rejected', delivery, overLimit)]
      }
      default:
        return unreachable(verb)
    }
  }

  /** The broker does not report that it dead-letters a message: that follows from the queue's arguments. */
  #deadLettered(item: UnackedMessage, delivery: number, reason: string): ConsumerEvent[] {
    const to = this.#strategy.deadLetterPolicy.deadLetters
    if (to === null) return []
    this.#rememberPutBack(to, item)
    const { messageId, identity, attempt: attempts } = item
    const what = { delivery, messageId, identity }
    return [{ type: 'dead-lettered', ...what, to, reason, attempts, evidence: 'inferred', at: now() }]
  }

  /** A message was put back into the queue that is remembered by `key`, and may come again from there. */
  #rememberPutBack(key: string, item: UnackedMessage): void {
    this.#identities.putBack(key, recurrenceKey(item), item.identity)
  }
}

function recurrenceKey(item: UnackedMessage): string {
  item.recurrenceKey ??= recurrenceKeyOf(item.messageId, item.message.content)
  return item.recurrenceKey
}

const settled = (
  type: 'requeued' | 'rejected',
  delivery: number,
  reason: string | undefined,
): ConsumerEvent => ({
  type,
  delivery,
  evidence: 'client',
  at: now(),
  ...(reason === undefined ? {} : { reason }),
})
