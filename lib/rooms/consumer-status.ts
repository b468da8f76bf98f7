import type { ConsumerCommand } from '#lib/protocol/command-schemas.ts'
import { CONSUMER_REASONS } from '#lib/protocol/consumer-reasons.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { LineDamage, LineFault } from '#lib/protocol/faults.ts'
import type { Consumer, ConsumerState, Settings } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { type RoomContext, reasonText } from './room-context.ts'

type StatusChange = Pick<Consumer, 'state'> & Partial<Pick<Consumer, 'reason' | 'evictedAt'>>

/** What a consumer is created with; its role follows from its settings. */
export type NewConsumer = Omit<Consumer, 'state' | 'reason' | 'role' | 'away'>

/** A consumer as the room shows it. Every change is emitted as a `consumer` event. */
export class ConsumerStatus {
  private readonly ctx: RoomContext
  private current: Consumer
  private lastFault = ''

  /** `attaching`: whether it attaches at once; else it waits for the room to wake. */
  constructor(ctx: RoomContext, consumer: NewConsumer, attaching: boolean) {
    const initial: StatusChange = attaching
      ? { state: 'attaching' }
      : { state: 'detached', reason: CONSUMER_REASONS.asleep }
    this.ctx = ctx
    this.current = { ...consumer, ...roleOf(consumer.settings), ...initial }
    this.emit(this.current)
  }

  get now(): Consumer {
    return this.current
  }

  /** A reason or an eviction that the change does not name no longer holds. */
  set(change: StatusChange): void {
    if (isSame(this.current, change)) return
    const { reason: _reason, evictedAt: _evictedAt, ...rest } = this.current
    const since = this.current.since ?? (change.state === 'attached' ? now() : undefined)
    this.emit({ ...rest, ...change, ...(since === undefined ? {} : { since }) })
  }

  /** What somebody made of its line; undefined: it is whole. */
  setFault(fault: LineFault | undefined): void {
    const { fault: _fault, ...rest } = this.current
    this.emit({ ...rest, ...(fault === undefined ? {} : { fault }) })
  }

  /** Changes its settings, and the role that they give it. */
  setSettings(settings: Settings): void {
    const { role: _role, ...rest } = this.current
    this.emit({ ...rest, settings, ...roleOf(settings) })
  }

  /** Its owner by another name. */
  setOwner(owner: NonNullable<Consumer['owner']>): void {
    this.emit({ ...this.current, owner })
  }

  setAway(away: boolean): void {
    const { away: _away, ...rest } = this.current
    this.emit(away ? { ...rest, away } : rest)
  }

  /** Emits a fault of it; the same failure again and again is one fault, until `forgetFault`. */
  fault(code: string, error: unknown): void {
    const text = reasonText(error)
    if (text === this.lastFault) return
    this.lastFault = text
    const { system, destination, name } = this.current
    this.ctx.fault({ system, destination, consumer: name, code, text })
  }

  forgetFault(): void {
    this.lastFault = ''
  }

  /** Throws `consumer-not-found` for one that was removed, and `wrong-state` unless its state is one of these. */
  require(command: ConsumerCommand | LineDamage['kind'], ...allowed: ConsumerState[]): void {
    this.requirePresent()
    const { name, state } = this.current
    if (allowed.includes(state)) return
    throw new AppError('wrong-state', `cannot ${command} ${name}: it is ${state}`, { detail: { state } })
  }

  requirePresent(): void {
    if (this.current.removed === undefined) return
    throw new AppError('consumer-not-found', `${this.current.name} has been removed`)
  }

  /** Emits its last event: it is no longer in the room. */
  setRemoved(): void {
    const { reason: _reason, evictedAt: _evictedAt, fault: _fault, ...rest } = this.current
    this.emit({ ...rest, state: 'detached', removed: true })
  }

  private emit(next: Consumer): void {
    this.current = next
    const { system, destination, name } = next
    const place = { system, destination, consumer: name }
    this.ctx.stream.emit({ kind: 'consumer', at: now(), evidence: 'client', ...place, now: next })
  }
}

/** The role that settings give a consumer; they may change while it is there. */
export const roleOf = ({ reads }: Settings): Pick<Consumer, 'role'> =>
  reads === 'dead-letters' ? { role: 'dead-letters' } : {}

const isSame = (consumer: Consumer, change: StatusChange) =>
  consumer.state === change.state &&
  consumer.reason === change.reason &&
  consumer.evictedAt === change.evictedAt
