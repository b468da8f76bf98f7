import type { ConsumeMessage } from 'amqplib'
import { now } from '#lib/util/clock.ts'
import type { ConsumerEvent, ConsumerSpec } from '../contract.ts'
import type { BrokerConnection } from './connection.ts'
import type { ConsumeStrategy, Subscription } from './consume-strategy.ts'
import { createDesk, type Desk } from './desk.ts'
import { brokerDown, wordsOf } from './failures.ts'
import type { InHand } from './hand.ts'
import type { EnsureCause, Ensured } from './managed-destination.ts'
import type { Identities } from './message-identity.ts'
import type { Topology } from './topology.ts'
import { type Loss, openWorkerSession, type WorkerSession } from './worker-session.ts'

/** What a worker needs of its driver. */
export interface WorkerParts {
  topology: Topology
  identities: Identities
  /** A connection of this worker's own. Throws the raw error. */
  connect(): Promise<BrokerConnection>
  isUp(): boolean
  untilUp(signal: AbortSignal): Promise<void>
  /** A number that no other delivery of this driver has. */
  nextDelivery(): number
  /** It is about to consume from that queue; returns how to say that it does no more. */
  enter(queue: string): () => void
  /** Trouble that belongs to no caller. */
  fault(code: string, text: string): void
  /** It left, crashed, or has nowhere to come back to. */
  onOver(): void
}

export type Life =
  | { is: 'attaching'; connection: BrokerConnection | null }
  | { is: 'attached'; connection: BrokerConnection; session: WorkerSession }
  | { is: 'leaving'; session: WorkerSession | null }
  /** Left or crashed; nothing follows. */
  | { is: 'over' }

/** One worker's state, changed by the steps of its life only. */
export interface Worker {
  spec: ConsumerSpec
  readonly parts: WorkerParts
  readonly strategy: ConsumeStrategy
  readonly desk: Desk
  /** Aborted when it leaves or crashes, so that no wait outlives it. */
  readonly ending: AbortController
  life: Life
  /** What it is subscribed to; null: to nothing. */
  applied: Subscription | null
  /** How its queue was found when it last attached. */
  found: Ensured | null
  /** Nothing is emitted once its life is over. */
  emit(event: ConsumerEvent): void
  /** Ends its life with one last event. */
  finish(event: ConsumerEvent): void
}

/** What was in hand when the connection was lost, until it is known what became of the queue. */
export interface Absence {
  since: number
  loss: Loss
  adrift: InHand[]
}

export function createWorker(
  spec: ConsumerSpec,
  strategy: ConsumeStrategy,
  listener: (event: ConsumerEvent) => void,
  parts: WorkerParts,
): Worker {
  const tell = (event: ConsumerEvent) => {
    try {
      listener(event)
    } catch (error) {
      // Thrown on, it would end the channel and the worker with it.
      parts.fault('listener-failed', wordsOf(error))
    }
  }
  const emit = (event: ConsumerEvent) => {
    if (worker.life.is !== 'over') tell(event)
  }
  const desk = createDesk({
    strategy,
    kind: () => worker.found?.queueType ?? null,
    identities: parts.identities,
    nextDelivery: parts.nextDelivery,
    emit,
    isCurrent: (session) => holds(worker.life, session),
  })
  const worker: Worker = {
    spec,
    parts,
    strategy,
    desk,
    ending: new AbortController(),
    life: { is: 'attaching', connection: null },
    applied: null,
    found: null,
    emit,
    finish: (event) => {
      worker.ending.abort()
      worker.life = { is: 'over' }
      tell(event)
      parts.onOver()
    },
  }
  return worker
}

const holds = (life: Life, session: WorkerSession): boolean =>
  (life.is === 'attached' || life.is === 'leaving') && life.session === session

/** Connects and subscribes. Throws what went wrong, having ended what it opened. */
export async function attachOnce(worker: Worker, cause: EnsureCause, absence: Absence | null): Promise<void> {
  const { parts, spec, strategy } = worker
  const found = await strategy.ensure(cause)
  throwIfEnding(worker)
  const connection = await parts.connect()
  try {
    throwIfEnding(worker)
    worker.life = { is: 'attaching', connection }
    if (absence) tellWhatBecame(worker, found, cause, absence)
    worker.found = found
    const session = await openWorkerSession(connection, {
      tag: spec.name,
      enter: parts.enter,
      onMessage: (current, message, noAck) => receive(worker, connection, current, message, noAck),
    })
    if (worker.desk.isPaused && strategy.pausesByCancel) await session.use(strategy.prepare)
    else await subscribe(worker, session)
    throwIfEnding(worker)
    markAttached(worker, connection, session)
  } catch (error) {
    await connection.cut('it could not attach')
    throw error
  }
}

/** To what its settings ask for now. Throws the raw error. */
export function subscribe(worker: Worker, session: WorkerSession): Promise<void> {
  const { strategy } = worker
  worker.applied = null
  return session.subscribe(async (channel) => {
    await strategy.prepare(channel)
    worker.applied = strategy.subscription()
    return worker.applied
  })
}

function throwIfEnding({ ending }: Worker): void {
  if (ending.signal.aborted) throw brokerDown('the worker left while it was attaching')
}

/** Consume-ok came, or a delivery, which proves it. */
function markAttached(worker: Worker, connection: BrokerConnection, session: WorkerSession): void {
  if (worker.life.is !== 'attaching') return
  worker.life = { is: 'attached', connection, session }
  worker.emit({ type: 'state', state: 'attached', at: now() })
}

function receive(
  worker: Worker,
  connection: BrokerConnection,
  session: WorkerSession,
  message: ConsumeMessage,
  noAck: boolean,
): void {
  if (worker.life.is === 'attaching' && worker.life.connection === connection) {
    markAttached(worker, connection, session)
  }
  if (holds(worker.life, session)) worker.desk.receive(session, message, noAck)
}

/** The same queue as before gave out again what had been in hand; a new one has nothing of it. */
function tellWhatBecame(worker: Worker, found: Ensured, cause: EnsureCause, absence: Absence): void {
  const { strategy, desk } = worker
  const isSame = worker.found !== null && worker.found.generation === found.generation
  const adrift = absence.adrift
  absence.adrift = []
  if (isSame && strategy.afterLoss === 'read-on') return
  if (isSame && strategy.afterLoss === 'requeued') {
    desk.tellRequeued(adrift, absence.loss.text)
    return
  }
  const restarted = cause.cause === 'connection-lost' && !isSame
  const at = now()
  const reason = restarted ? 'broker-restarted' : 'resubscribed'
  worker.emit({ type: 'gap', reason, awayMs: at - absence.since, at })
  strategy.startOver()
}
