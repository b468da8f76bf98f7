import type { Seek, SettleVerb } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { type ConsumeStrategy, isSameSubscription } from './consume-strategy.ts'
import { asOperationError } from './failures.ts'
import { subscribe, type Worker } from './worker.ts'
import type { WorkerSession } from './worker-session.ts'

/** What a person does to a consumer while it is attached. */

const sessionOf = ({ life }: Worker): WorkerSession | null => (life.is === 'attached' ? life.session : null)

export async function pauseWorker(worker: Worker): Promise<void> {
  const { desk, strategy } = worker
  desk.pause()
  if (!strategy.pausesByCancel || worker.applied === null) return
  await onItsChannel(worker, async (session) => {
    worker.applied = null
    await session.unsubscribe()
    // Acks are but credit here, and credit for nothing any more.
    if (!strategy.settles) desk.dismiss(session)
  })
}

export async function resumeWorker(worker: Worker): Promise<void> {
  worker.desk.resume(sessionOf(worker))
  await conform(worker)
}

/**
 * While paused a new prefetch waits for `resume`: a new subscription would get it on top of what is in hand. What the
 * broker refuses is taken back.
 */
export async function changeWorker(worker: Worker, change: Settings): Promise<void> {
  const { strategy, spec, desk } = worker
  const settings = changedSettings(strategy, spec.settings, change)
  strategy.update(settings)
  worker.spec = { ...spec, settings }
  desk.renew(sessionOf(worker))
  try {
    await conform(worker)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'broker-refused') throw error
    strategy.update(spec.settings)
    worker.spec = spec
    throw error
  }
}

/** The settings after a change. Throws AppError `not-capable` for an unknown one. */
function changedSettings(
  { settingsSchema, noun }: ConsumeStrategy,
  before: Settings,
  change: Settings,
): Settings {
  const unknown = Object.keys(change).find((name) => !(name in settingsSchema.shape))
  if (unknown !== undefined) {
    throw new AppError('not-capable', `a RabbitMQ ${noun} has no setting "${unknown}"`)
  }
  return { ...before, ...change }
}

export async function seekWorker(worker: Worker, position: Seek): Promise<void> {
  worker.strategy.seek(position)
  await conform(worker)
}

/** Throws AppError `not-capable`, `wrong-state` or `delivery-not-found`. */
export function settleAt(worker: Worker, delivery: number, verb: SettleVerb): void {
  worker.desk.settle(sessionOf(worker), delivery, verb)
}

/** Makes what the broker was told agree with what its settings say now. */
async function conform(worker: Worker): Promise<void> {
  const { strategy, desk } = worker
  await onItsChannel(worker, async (session) => {
    const { applied } = worker
    const isAsAsked = applied !== null && isSameSubscription(applied, strategy.subscription())
    if (desk.isPaused || isAsAsked) return session.use(strategy.prepare)
    // What was read and not worked on is of the place it leaves.
    if (!strategy.settles) desk.dismiss(session)
    return subscribe(worker, session)
  })
}

async function onItsChannel(worker: Worker, step: (session: WorkerSession) => Promise<void>): Promise<void> {
  const { life } = worker
  if (life.is !== 'attached') return
  try {
    await step(life.session)
  } catch (error) {
    // It comes back by itself, as its settings are then.
    await life.connection.cut('it could not subscribe anew')
    throw asOperationError(error)
  }
}
