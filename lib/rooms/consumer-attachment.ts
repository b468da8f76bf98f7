import type { AttachedConsumer, ConsumerEvent, ConsumerSpec, Driver } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { ConsumerEvents, type ConsumerPlace } from './consumer-events.ts'
import type { RoomContext } from './room-context.ts'

export type StateEvent = Extract<ConsumerEvent, { type: 'state' }>

interface Attachment {
  /** What the driver's delivery numbers are counted on from. */
  readonly base: number
  handle: AttachedConsumer | undefined
}

/** A consumer's attachment at its driver: one at most. Its events become events of the room. */
export class ConsumerAttachment {
  private readonly ctx: RoomContext
  private readonly events: ConsumerEvents
  private readonly onState: (event: StateEvent) => void
  private current: Attachment | undefined
  private leaving = false

  constructor(ctx: RoomContext, place: ConsumerPlace, onState: (event: StateEvent) => void) {
    this.ctx = ctx
    this.events = new ConsumerEvents(ctx, place)
    this.onState = onState
  }

  /** Undefined until the driver has attached the consumer. */
  get handle(): AttachedConsumer | undefined {
    return this.current?.handle
  }

  /** Whether the consumer is attached or being attached. */
  get exists(): boolean {
    return this.current !== undefined
  }

  /** Resolves once attached, and paused where asked. Throws what the driver throws; then there is no attachment. */
  async attach(driver: Driver, spec: ConsumerSpec, paused: boolean): Promise<void> {
    this.drop()
    const attachment: Attachment = { base: this.ctx.deliveries.highest, handle: undefined }
    this.current = attachment
    try {
      const handle = await driver.attach(spec, (event) => this.receive(event, attachment))
      attachment.handle = handle
      if (paused) await handle.pause()
      if (this.current === attachment) return
      await handle.leave()
    } catch (error) {
      if (this.current === attachment) await this.leave()
      throw error
    }
    throw new AppError('broker-down', 'the broker went away while attaching')
  }

  /** Leaves politely. Events of what arrives and is settled meanwhile are still emitted. */
  async leave(): Promise<void> {
    this.leaving = true
    try {
      await this.current?.handle?.leave()
    } finally {
      this.leaving = false
      this.drop()
    }
  }

  /** The driver's number of a delivery, from its number in the room: below 1 for one of an earlier attachment. */
  driverNumber(delivery: number): number {
    return delivery - (this.current?.base ?? delivery)
  }

  forgetUnacked(): void {
    this.events.forgetUnacked()
  }

  /** Ignores the attachment from now on: it is dead, or belongs to a driver that was replaced. */
  drop(): void {
    this.current = undefined
    this.events.forgetUnacked()
  }

  private receive(event: ConsumerEvent, attachment: Attachment): void {
    if (this.current !== attachment) return
    if (event.type !== 'state') this.events.take(event, attachment.base)
    else if (!this.leaving) this.onState(event)
  }
}
