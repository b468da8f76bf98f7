import type { SettleVerb } from '#lib/protocol/commands.ts'
import { now } from '#lib/util/clock.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { DeskParts } from './desk-parts.ts'
import type { Hand, InHand } from './hand.ts'
import type { WorkerSession } from './worker-session.ts'

/** Writes how a delivery is settled, and tells it. AMQP gives no receipt for that, hence the evidence `client`. */
export interface Settling {
  /** False when the channel is gone: the delivery is the broker's to hand out again. */
  settle(session: WorkerSession, entry: InHand, verb: SettleVerb, reason?: string): boolean
}

export function createSettling(parts: DeskParts, hand: Hand): Settling {
  const { strategy, emit } = parts

  const tell = (type: 'requeued' | 'rejected', { delivery }: InHand, reason: string | undefined) =>
    emit({ type, delivery, evidence: 'client', at: now(), ...(reason === undefined ? {} : { reason }) })

  /** The broker doesn't say that it moves a message to the dead letters: it follows from how its queue was made. */
  const givenUp = (entry: InHand, reason: string) => {
    const { deadLetters } = strategy.deadLetterPolicy()
    if (deadLetters === null) return
    hand.release(entry, deadLetters)
    const { messageId, identity, attempt: attempts } = entry
    const to = deadLetters
    emit({
      type: 'dead-lettered',
      messageId,
      identity,
      to,
      reason,
      attempts,
      evidence: 'inferred',
      at: now(),
    })
  }
  const requeued = (entry: InHand, reason: string | undefined) => {
    const { deliveryLimit } = strategy.deadLetterPolicy()
    if (deliveryLimit === null || entry.attempt === null || entry.attempt <= deliveryLimit) {
      hand.release(entry, strategy.identityKey)
      tell('requeued', entry, reason)
      return
    }
    const over = `its queue gives up on a message that came back ${deliveryLimit} times`
    givenUp(entry, over)
    tell('rejected', entry, over)
  }
  const settled = (entry: InHand, verb: SettleVerb, reason: string | undefined) => {
    switch (verb) {
      case 'ack':
        emit({ type: 'acknowledged', delivery: entry.delivery, evidence: 'client', at: now() })
        break
      case 'requeue':
        requeued(entry, reason)
        break
      case 'reject':
        givenUp(entry, reason ?? 'rejected')
        tell('rejected', entry, reason)
        break
      default:
        unreachable(verb)
    }
  }
  return {
    settle: (session, entry, verb, reason) => {
      if (!session.settle(entry.message, verb)) return false
      hand.settled(entry)
      if (strategy.settles) settled(entry, verb, reason)
      return true
    },
  }
}
