import type { ConsumeMessage } from 'amqplib'
import { now } from '#lib/util/clock.ts'
import type { ConsumerEvent, ConsumerSpec } from '../contract.ts'
import type { BrokerConnection } from './connection.ts'
import { createDesk, type Desk } from './desk.ts'
import type { InHand } from './hand.ts'
import type { Identities } from './identity.ts'
import { brokerDown, wordsOf } from './reasons.ts'
import type { Found, Occasion, Topology } from './topology.ts'
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
  readonly desk: Desk
  /** Aborted when it leaves or crashes, so that no wait outlives it. */
  readonly ending: AbortController
  life: Life
  /** As asked for, and as the broker was told when it last subscribed: a paused worker doesn't subscribe anew. */
  prefetch: { wanted: number; applied: number }
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
  prefetch: number,
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
    address: spec.address,
    kind: () => worker.found?.kind ?? null,
    identities: parts.identities,
    nextDelivery: parts.nextDelivery,
    emit,
    isCurrent: (session) => holds(worker.life, session),
  })
  const worker: Worker = {
    spec,
    parts,
    desk,
    ending: new AbortController(),
    life: { is: 'attaching', connection: null },
    prefetch: { wanted: prefetch, applied: prefetch },
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
  const { parts, spec } = worker
  const found = await parts.topology.ensure(spec.address, occasion)
  throwIfEnding(worker)
  const connection = await parts.connect()
  try {
    throwIfEnding(worker)
    worker.life = { is: 'attaching', connection }
    if (absence) tellWhatBecame(worker, found, occasion, absence)
    worker.found = found
    const session = await openWorkerSession(connection, {
      queue: spec.address,
      tag: spec.name,
      onMessage: (current, message) => receive(worker, connection, current, message),
    })
    worker.prefetch.applied = worker.prefetch.wanted
    await session.subscribe(worker.prefetch.applied)
    throwIfEnding(worker)
    markAttached(worker, connection, session)
  } catch (error) {
    await connection.cut('it could not attach')
    throw error
  }
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
): void {
  if (worker.life.is === 'attaching' && worker.life.connection === connection) {
    markAttached(worker, connection, session)
  }
  if (holds(worker.life, session)) worker.desk.receive(session, message)
}

/** The same queue as before gave out again what had been in hand; a new one has nothing of it. */
function tellWhatBecame(worker: Worker, found: Found, occasion: Occasion, absence: Absence): void {
  const at = now()
  if (worker.found && worker.found.generation === found.generation) {
    worker.desk.tellRequeued(absence.adrift, absence.loss.text)
  } else {
    const reason = occasion.was === 'connection-lost' ? 'broker-restarted' : 'resubscribed'
    worker.emit({ type: 'gap', reason, awayMs: at - absence.since, at })
  }
  absence.adrift = []
}
