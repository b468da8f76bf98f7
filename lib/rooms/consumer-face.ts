import { CONSUMER_REASONS, type Consumer, type Settings } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import type { RoomContext } from './context.ts'

export type FaceChange = Pick<Consumer, 'state'> & Partial<Pick<Consumer, 'reason' | 'evictedAt'>>

/** What a consumer is made with; its role is told by its settings. */
export type NewFace = Omit<Consumer, 'state' | 'reason' | 'role'>

/** A consumer as the room shows it: every change becomes an event. */
export interface ConsumerFace {
  readonly now: Consumer
  /** What the change does not name (a reason, an eviction) no longer holds. */
  set(change: FaceChange): void
  /** Its settings, and the role that they give it. */
  settle(settings: Settings): void
  /** The last event: it is no longer in the room. */
  gone(): void
}

export function createConsumerFace(
  ctx: RoomContext,
  consumer: NewFace,
  /** Whether it attaches right away; else it waits for the room to wake. */
  attaching: boolean,
): ConsumerFace {
  const initial: FaceChange = attaching
    ? { state: 'attaching' }
    : { state: 'detached', reason: CONSUMER_REASONS.asleep }
  let face: Consumer = { ...consumer, ...roleOf(consumer.settings), ...initial }

  function tell(next: Consumer): void {
    face = next
    const { system, destination, name } = face
    const where = { system, destination, consumer: name }
    ctx.stream.emit({ kind: 'consumer', at: now(), evidence: 'client', ...where, now: face })
  }

  function set(change: FaceChange): void {
    if (same(face, change)) return
    const { reason: _reason, evictedAt: _evictedAt, ...rest } = face
    const since = face.since ?? (change.state === 'attached' ? now() : undefined)
    tell({ ...rest, ...change, ...(since === undefined ? {} : { since }) })
  }

  function settle(settings: Settings): void {
    const { role: _role, ...rest } = face
    tell({ ...rest, settings, ...roleOf(settings) })
  }

  function gone(): void {
    const { reason: _reason, evictedAt: _evictedAt, ...rest } = face
    tell({ ...rest, state: 'detached', removed: true })
  }

  tell(face)
  return {
    get now() {
      return face
    },
    set,
    settle,
    gone,
  }
}

/** What its settings make of it: they may change while it is there. */
export const roleOf = ({ reads }: Settings): Pick<Consumer, 'role'> =>
  reads === 'dead-letters' ? { role: 'dead-letters' } : {}

const same = (face: Consumer, change: FaceChange) =>
  face.state === change.state && face.reason === change.reason && face.evictedAt === change.evictedAt
