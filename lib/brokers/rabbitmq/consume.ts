import { backoffMs } from '#lib/util/backoff.ts'
import { now } from '#lib/util/clock.ts'
import type { AttachedConsumer, ConsumerEvent, ConsumerSpec } from '../contract.ts'
import { pause } from './bounded.ts'
import type { ConsumeStrategy } from './consume-strategy.ts'
import { asOperationError, REPLY } from './failures.ts'
import type { EnsureCause } from './managed-destination.ts'
import { changeWorker, pauseWorker, resumeWorker, seekWorker, settleAt } from './steering.ts'
import { type Absence, attachOnce, createWorker, type Life, type Worker, type WorkerParts } from './worker.ts'

const FIRST_RETRY_MS = 50
const MAX_RETRY_MS = 1_000
/** Unsubscribing and closing a channel and a connection take three round trips. */
const LEAVE_TIMEOUT_MS = 2_000

/** A worker that is not attached yet, so that closing the driver reaches it while it attaches. */
export interface Attachment {
  /** Resolves on consume-ok. Throws AppError `broker-down`, `broker-refused` or `broker-timeout`; nothing is left then. */
  start(): Promise<AttachedConsumer>
  leave(deadlineMs: number): Promise<void>
  readonly spec: ConsumerSpec
  readonly strategy: ConsumeStrategy
  /** What it was bound to is gone, and no cancellation tells so: it comes back by itself, bound anew. */
  unbound(text: string): void
}

/**
 * One consumer: a connection, a channel and a subscription of its own. It comes back by itself after the loss
 * of any of them, or of its queue, until it leaves or crashes. Throws AppError `invalid` for settings it can't have.
 */
export function createAttachment(
  spec: ConsumerSpec,
  strategy: ConsumeStrategy,
  listener: (event: ConsumerEvent) => void,
  parts: WorkerParts,
): Attachment {
  const worker = createWorker(spec, strategy, listener, parts)
  const { handle, leave } = handleOf(worker)
  return {
    leave,
    strategy,
    get spec() {
      return worker.spec
    },
    unbound: (text) => {
      if (worker.life.is === 'attached') worker.life.session.lose({ cause: 'cancelled', text })
    },
    start: async () => {
      try {
        await attachOnce(worker, { cause: 'first-attach' }, null)
      } catch (error) {
        // Its caller is told by this throw; no event follows.
        worker.life = { is: 'over' }
        parts.onOver()
        throw asOperationError(error)
      }
      void keepAttached(worker)
      return handle
    },
  }
}

/** Reads it anew: it changes during every wait. */
const lifeOf = (worker: Worker): Life => worker.life

/** What its owner holds, and how the closing driver ends it. Whichever end comes first is the only one. */
function handleOf(worker: Worker): { handle: AttachedConsumer; leave(deadlineMs: number): Promise<void> } {
  let ending: Promise<void> | null = null
  const endBy = (end: () => Promise<void>) => {
    ending ??= end()
    return ending
  }
  const handle: AttachedConsumer = {
    get spec() {
      return worker.spec
    },
    pause: () => pauseWorker(worker),
    resume: () => resumeWorker(worker),
    update: (settings) => changeWorker(worker, settings),
    settle: async (delivery, verb) => settleAt(worker, delivery, verb),
    seek: (position) => seekWorker(worker, position),
    leave: () => endBy(() => leaveQueue(worker, LEAVE_TIMEOUT_MS)),
    crash: () => endBy(() => crash(worker)),
  }
  return { handle, leave: (deadlineMs) => endBy(() => leaveQueue(worker, deadlineMs)) }
}

async function keepAttached(worker: Worker): Promise<void> {
  for (let life = lifeOf(worker); life.is === 'attached'; life = lifeOf(worker)) {
    const { session, connection } = life
    const loss = await session.lost
    if (lifeOf(worker) !== life) return
    const absence = { since: now(), loss, adrift: worker.desk.letGo() }
    worker.life = { is: 'attaching', connection: null }
    worker.applied = null
    worker.emit({ type: 'state', state: 'attaching', reason: loss.text, at: now() })
    await connection.close(LEAVE_TIMEOUT_MS)
    await comeBack(worker, absence)
  }
}

async function comeBack(worker: Worker, absence: Absence): Promise<void> {
  const { parts } = worker
  const { signal } = worker.ending
  let lostBroker = absence.loss.cause === 'connection'
  for (let tries = 0; ; tries += 1) {
    lostBroker ||= !parts.isUp()
    await parts.untilUp(signal)
    if (signal.aborted) return
    try {
      await attachOnce(worker, causeOf(lostBroker, absence), absence)
      return
    } catch (raw) {
      if (signal.aborted) return
      const error = asOperationError(raw)
      if (error.code === 'broker-down') lostBroker = true
      const reason = error.message
      if (error.detail?.replyCode === REPLY.NOT_FOUND && !parts.topology.of(worker.spec.address)) {
        return worker.finish({ type: 'state', state: 'detached', reason, at: now() })
      }
      worker.life = { is: 'attaching', connection: null }
      worker.emit({ type: 'state', state: 'attaching', reason, at: now() })
      await pause(backoffMs(tries, FIRST_RETRY_MS, MAX_RETRY_MS), signal)
    }
  }
}

const causeOf = (lostBroker: boolean, { since }: Absence): EnsureCause =>
  lostBroker ? { cause: 'connection-lost', lostAt: since } : { cause: 'deleted' }

async function leaveQueue(worker: Worker, deadlineMs: number): Promise<void> {
  const { life, desk } = worker
  if (life.is === 'over' || life.is === 'leaving') return
  worker.ending.abort()
  const session = life.is === 'attached' ? life.session : null
  worker.life = { is: 'leaving', session }
  await session?.leave(deadlineMs, () => {
    const left = desk.letGo()
    if (worker.strategy.afterLoss === 'requeued') desk.tellRequeued(left, 'the worker left')
  })
  if (life.is === 'attaching') await life.connection?.cut('the worker left')
  worker.finish({ type: 'state', state: 'detached', at: now() })
}

/** Its socket dies without a goodbye; the broker notices at once and hands out again what was in hand. */
async function crash(worker: Worker): Promise<void> {
  const { life, desk } = worker
  if (life.is === 'over' || life.is === 'leaving') return
  worker.ending.abort()
  worker.life = { is: 'over' }
  desk.letGo()
  await life.connection?.cut('crashed on purpose')
  worker.finish({ type: 'state', state: 'crashed', at: now() })
}
