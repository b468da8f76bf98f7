import type { ConsumeMessage } from 'amqplib'
import type { z } from 'zod'
import { now } from '#lib/util/clock.ts'
import type { ConsumerEvent, ConsumerSpec } from '../contract.ts'
import type { BrokerConnection } from './connection.ts'
import { createDesk, type Desk } from './desk.ts'
import type { InHand } from './hand.ts'
import type { Identities } from './identity.ts'
import type { Found, Occasion } from './kept.ts'
import type { Reading, Subscription } from './reading.ts'
import { brokerDown, wordsOf } from './reasons.ts'
import type { Topology } from './topology.ts'
import { type Loss, openWorkerSession, type WorkerSession } from './worker-session.ts'

/** What a worker needs of its driver. */
export interface WorkerParts {
  topology: Topology
  /** What it may be set to, and what it is called. */
  consumerSettings: z.ZodObject
  noun: string
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
  readonly reading: Reading
  readonly desk: Desk
  /** Aborted when it leaves or crashes, so that no wait outlives it. */
  readonly ending: AbortController
  life: Life
  /** What it is subscribed to; null: to nothing. */
  applied: Subscription | null
  /** How its queue was found when it last attached. */
  found: Found | null
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
  reading: Reading,
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
    reading,
    kind: () => worker.found?.kind ?? null,
    identities: parts.identities,
    nextDelivery: parts.nextDelivery,
    emit,
    isCurrent: (session) => holds(worker.life, session),
  })
  const worker: Worker = {
    spec,
    parts,
    reading,
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
export async function attachOnce(worker: Worker, occasion: Occasion, absence: Absence | null): Promise<void> {
  const { parts, spec, reading } = worker
  const found = await reading.ensure(occasion)
  throwIfEnding(worker)
  const connection = await parts.connect()
  try {
    throwIfEnding(worker)
    worker.life = { is: 'attaching', connection }
    if (absence) tellWhatBecame(worker, found, occasion, absence)
    worker.found = found
    const session = await openWorkerSession(connection, {
      tag: spec.name,
      enter: parts.enter,
      onMessage: (current, message, noAck) => receive(worker, connection, current, message, noAck),
    })
    if (worker.desk.isPaused && reading.pausesByCancel) await session.use(reading.prepare)
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
  const { reading } = worker
  worker.applied = null
  return session.subscribe(async (channel) => {
    await reading.prepare(channel)
    worker.applied = reading.subscription()
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
function tellWhatBecame(worker: Worker, found: Found, occasion: Occasion, absence: Absence): void {
  const { reading, desk } = worker
  const isSame = worker.found !== null && worker.found.generation === found.generation
  const adrift = absence.adrift
  absence.adrift = []
  if (isSame && reading.afterLoss === 'read-on') return
  if (isSame && reading.afterLoss === 'requeued') {
    desk.tellRequeued(adrift, absence.loss.text)
    return
  }
  const restarted = occasion.was === 'connection-lost' && !isSame
  const at = now()
  const reason = restarted ? 'broker-restarted' : 'resubscribed'
  worker.emit({ type: 'gap', reason, awayMs: at - absence.since, at })
  reading.startOver()
}
