import type { ConsumeMessage } from 'amqplib'
import type { SettleVerb } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { failsAt } from '../work.ts'
import type { Processing } from './consume-strategy.ts'
import type { DeskParts } from './desk-parts.ts'
import { createHand, type Hand, type InHand } from './hand.ts'
import { createSettling, type Settling } from './settling.ts'
import type { WorkerSession } from './worker-session.ts'

/** A message that a consumer fails at and gives back comes again at once; without this, round and round at full speed. */
const FAILED_AND_BACK_MIN_MS = 100

/**
 * Where a consumer's deliveries are handed on, worked on, one at a time and in order, and settled; or, while paused, not
 * at all, so that its prefetch fills up and the rest stays ready or goes to others.
 */
export interface Desk {
  readonly isPaused: boolean
  receive(session: WorkerSession, message: ConsumeMessage, noAck: boolean): void
  pause(): void
  /** Works on what is in hand, oldest first; `session` null: there is no connection to settle it on. */
  resume(session: WorkerSession | null): void
  /** Its settings have changed: begins the work in hand anew. */
  renew(session: WorkerSession | null): void
  /** By hand. Throws AppError `not-capable`, `wrong-state` or `delivery-not-found`. */
  settle(session: WorkerSession | null, delivery: number, verb: SettleVerb): void
  /** Gives back the credit of what was read and is not worked on, without a word. */
  dismiss(session: WorkerSession): void
  /** What is in hand is the broker's again. */
  letGo(): InHand[]
  /** Tells that these went back to the queue, which nobody confirms. */
  tellRequeued(entries: readonly InHand[], reason: string): void
}

export function createDesk(parts: DeskParts): Desk {
  const { strategy } = parts
  const hand = createHand(parts.identities)
  const settling = createSettling(parts, hand)
  const bench = createBench(parts, hand, settling)
  let paused = false

  const goOn = (session: WorkerSession | null) => {
    if (session && !paused && strategy.processing.ackMode !== 'manual') bench.workOn(session)
  }
  return {
    get isPaused() {
      return paused
    },
    receive: (session, message, noAck) => {
      const event = strategy.describe(message, parts.nextDelivery(), parts.kind())
      if (event === null) {
        session.settle(message, 'ack')
        return
      }
      if (noAck) {
        parts.emit({ ...event, inHand: false })
        return
      }
      const { delivery, identity, messageId, attempt } = event
      const entry: InHand = { delivery, identity, messageId, attempt, message, fingerprint: null }
      hand.take(entry)
      parts.emit(event)
      if (!parts.isCurrent(session)) return
      // By default nothing waits and no work takes time: then this is all there is to do, at tens of thousands a second.
      if (hand.size === 1 && !paused && takesNoTime(strategy.processing)) {
        settling.settle(session, entry, 'ack')
        return
      }
      goOn(session)
      if (hand.get(delivery)) hand.keep(entry)
    },
    pause: () => {
      paused = true
      bench.stop()
    },
    resume: (session) => {
      paused = false
      goOn(session)
    },
    renew: (session) => {
      bench.stop()
      goOn(session)
    },
    settle: (session, delivery, verb) => {
      if (strategy.processing.ackMode !== 'manual') throw new AppError('not-capable', 'it settles by itself')
      if (paused) throw new AppError('wrong-state', 'while it is paused it settles nothing')
      const entry = session && hand.get(delivery)
      if (!entry || !settling.settle(session, entry, verb)) {
        throw new AppError('delivery-not-found', `delivery ${delivery} is not in hand here`)
      }
    },
    dismiss: (session) => {
      bench.stop()
      for (const entry of hand.letGo()) session.settle(entry.message, 'ack')
    },
    letGo: () => {
      bench.stop()
      const all = hand.letGo()
      for (const entry of all) hand.release(entry, strategy.identityKey)
      return all
    },
    tellRequeued: (entries, reason) => {
      for (const { delivery } of entries) {
        parts.emit({ type: 'requeued', delivery, evidence: 'inferred', at: now(), reason })
      }
    },
  }
}

const takesNoTime = ({ ackMode, processingMs, failurePercent }: Processing): boolean =>
  ackMode === 'automatic' && processingMs === 0 && failurePercent === 0

/** The work itself: one message at a time, which takes no time at all by default. */
function createBench(parts: DeskParts, hand: Hand, settling: Settling) {
  const { strategy } = parts
  let timer: NodeJS.Timeout | null = null

  /** False when its session is over. */
  const finish = (session: WorkerSession, entry: InHand, failed: boolean): boolean =>
    failed
      ? settling.settle(session, entry, strategy.processing.onFailure, 'it failed at this message')
      : settling.settle(session, entry, 'ack')

  const workOn = (session: WorkerSession): void => {
    if (timer !== null) return
    for (let entry = hand.oldest(); entry; entry = hand.oldest()) {
      const { processingMs, failurePercent, onFailure } = strategy.processing
      const failed = failurePercent > 0 && failsAt(failurePercent)
      const comesBack = failed && onFailure === 'requeue'
      const ms = comesBack ? Math.max(processingMs, FAILED_AND_BACK_MIN_MS) : processingMs
      if (ms > 0) {
        later(session, entry, failed, ms)
        return
      }
      if (!finish(session, entry, failed) || !parts.isCurrent(session)) return
    }
  }
  const later = (session: WorkerSession, entry: InHand, failed: boolean, ms: number): void => {
    timer = setTimeout(() => {
      timer = null
      if (parts.isCurrent(session) && finish(session, entry, failed)) workOn(session)
    }, ms)
  }
  return {
    workOn,
    stop: () => {
      if (timer !== null) clearTimeout(timer)
      timer = null
    },
  }
}
