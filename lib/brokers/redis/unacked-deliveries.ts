import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import { failsAt } from '#lib/brokers/work.ts'
import type { SettleVerb } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { asOperationError, isErrorReply } from './failures.ts'
import type { WorkerSettings } from './manifest-queue.ts'

/** After a failure a worker takes a breath, so that a message nobody can do does not keep a core busy. */
const BREATH_MS = 100

/** One message a worker holds. */
export interface Held<T> {
  readonly delivery: number
  readonly item: T
  /** Handing over was all: there is nothing to settle. */
  readonly isDone: boolean
  state: 'waiting' | 'working' | 'settling'
}

/** What Redis made of a settling: the events that tell of it, in order. */
export type Settled = readonly ConsumerEvent[]

export interface DeskParts<T> {
  /** As they are now. */
  settings(): WorkerSettings
  /** Writes it at once; resolves with Redis's answer. Throws the raw error when there was none. */
  settle(held: Held<T>, verb: SettleVerb, reason: string): Promise<Settled>
  emit(event: ConsumerEvent): void
  /** Redis said no to a settling: the message stays in hand and is tried again. */
  onRefused(error: Error): void
  /** It may hold one more. */
  onRoom(): void
}

/** Where a worker does its work: one message at a time, in the order in which they came; `prefetch` bounds how many wait. */
export interface Desk<T> {
  /** What is held and not written off yet: an acknowledgement on its way makes room, as a broker's prefetch has it. */
  readonly size: number
  take(held: Held<T>): void
  /** Settles nothing from now on; what comes is kept. */
  pause(): void
  resume(): void
  /** A person's verdict. Throws AppError `delivery-not-found`, `not-capable`, `broker-down`. */
  settle(delivery: number, verb: SettleVerb): Promise<void>
  /** What is held, oldest first, but for what is being settled right now. */
  held(): Array<Held<T>>
  /** Works no more and forgets what it holds, which is Redis's to hand out again. */
  clear(): void
  /** Takes up work again after `clear`, or after a change of settings. */
  workOn(): void
  /** Resolves once nothing is being settled. */
  quiet(): Promise<void>
}

export function createDesk<T>(parts: DeskParts<T>): Desk<T> {
  const hand = new Map<number, Held<T>>()
  const settlings = new Set<Promise<void>>()
  let line: Array<Held<T>> = []
  /** How many of `hand` are being settled. */
  let leaving = 0
  let isPaused = false
  /** Work begins when the running code is over. */
  let isDue = false
  let timer: NodeJS.Timeout | undefined
  let onRested = () => {}

  const endRest = () => {
    clearTimeout(timer)
    timer = undefined
    onRested()
  }
  const rest = (ms: number, then: () => void) => {
    onRested = then
    timer = setTimeout(endRest, ms)
  }
  const settleOne = (held: Held<T>, verb: SettleVerb, reason: string): Promise<void> => {
    held.state = 'settling'
    leaving++
    const settling = parts.settle(held, verb, reason).then((events) => {
      if (hand.get(held.delivery) !== held) return
      hand.delete(held.delivery)
      leaving--
      for (const event of events) parts.emit(event)
    })
    parts.onRoom()
    settlings.add(settling)
    const done = () => void settlings.delete(settling)
    settling.then(done, done)
    return settling
  }
  const keep = (held: Held<T>) => {
    held.state = 'waiting'
    leaving--
  }
  const settleAlone = (held: Held<T>, verb: SettleVerb, reason: string) => {
    settleOne(held, verb, reason).catch((error: unknown) => {
      // Without an answer its connection has ended, and what it held is Redis's to hand out again.
      if (!isErrorReply(error) || hand.get(held.delivery) !== held) return
      keep(held)
      line.push(held)
      parts.onRefused(error)
      if (timer === undefined) rest(BREATH_MS, work)
    })
  }
  const finish = (held: Held<T>) => {
    line.shift()
    const { failurePercent, onFailure } = parts.settings()
    if (held.isDone) {
      hand.delete(held.delivery)
      parts.onRoom()
    } else if (failsAt(failurePercent)) {
      settleAlone(held, onFailure, 'its work failed')
      rest(BREATH_MS, work)
    } else settleAlone(held, 'ack', '')
  }
  const work = () => {
    while (!isPaused && timer === undefined) {
      while (line[0] && line[0].state === 'settling') line.shift()
      const [next] = line
      const { ackMode, processingMs } = parts.settings()
      if (next === undefined || (ackMode === 'manual' && !next.isDone)) return
      next.state = 'working'
      if (processingMs === 0) {
        finish(next)
        continue
      }
      rest(processingMs, () => {
        // Paused meanwhile: it does its work again, since nothing is settled while paused.
        if (!isPaused && line[0] === next) finish(next)
        work()
      })
    }
  }
  /** Behind all that came in one read: whoever watches hears of an arrival before time goes into its acknowledgement. */
  const soon = () => {
    if (isDue) return
    isDue = true
    queueMicrotask(() => {
      isDue = false
      work()
    })
  }
  return {
    get size() {
      return hand.size - leaving
    },
    take: (held) => {
      hand.set(held.delivery, held)
      line.push(held)
      soon()
    },
    pause: () => {
      isPaused = true
    },
    resume: () => {
      isPaused = false
      work()
    },
    settle: async (delivery, verb) => {
      if (parts.settings().ackMode !== 'manual') {
        throw new AppError('not-capable', 'this worker settles by itself: its ackMode is not manual')
      }
      const held = hand.get(delivery)
      if (!held || held.isDone || held.state === 'settling') {
        throw new AppError('delivery-not-found', `delivery ${delivery} is not in hand here`)
      }
      await settleOne(held, verb, 'decided by hand').catch((error: unknown) => {
        if (isErrorReply(error) && hand.get(delivery) === held) keep(held)
        throw asOperationError(error)
      })
    },
    held: () => [...hand.values()].filter(({ state, isDone }) => state !== 'settling' && !isDone),
    clear: () => {
      clearTimeout(timer)
      timer = undefined
      hand.clear()
      leaving = 0
      line = []
    },
    workOn: () => {
      const isWorking = timer !== undefined && line[0]?.state === 'working'
      if (isWorking && parts.settings().processingMs === 0) endRest()
      else work()
    },
    quiet: async () => {
      while (settlings.size > 0) await Promise.allSettled(settlings)
    },
  }
}

/** What was acknowledged, requeued or rejected, as it is told. `reason` is left out where there is none. */
export const settledEvent = (
  type: 'acknowledged' | 'requeued' | 'rejected',
  delivery: number,
  evidence: 'broker' | 'client',
  reason?: string,
): ConsumerEvent => ({
  type,
  delivery,
  evidence,
  at: now(),
  ...(reason === undefined || reason === '' ? {} : { reason }),
})
