import type { AttachedConsumer, ConsumerEvent, ConsumerSpec, Driver } from '#lib/brokers/contract.ts'
import type { CommandArguments, SettleVerb } from '#lib/protocol/command-schemas.ts'
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
  private paused = false
  /** When the driver gave it up by itself, Unix time in milliseconds. */
  private givenUpAt = Number.POSITIVE_INFINITY
  /** Its destination was gone since it was last attached. */
  private isDestinationGone = false

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

  /** A person's pause: it holds over outages and over the room's sleep, until `resume` or `crash`. */
  get isPaused(): boolean {
    return this.paused
  }

  /** Resolves once attached, and paused again if it was. Throws what the driver throws; then there is no attachment. */
  async attach(driver: Driver, spec: ConsumerSpec): Promise<void> {
    this.drop()
    const attachment: Attachment = { base: this.ctx.deliveries.highest, handle: undefined }
    this.current = attachment
    this.givenUpAt = Number.POSITIVE_INFINITY
    try {
      const asked = this.isDestinationGone ? { ...spec, madeAgain: true } : spec
      const handle = await driver.attach(asked, (event) => this.receive(event, attachment))
      attachment.handle = handle
      this.isDestinationGone = false
      if (this.paused) await handle.pause()
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

  /** Resolves once it delivers no more. */
  async pause(): Promise<void> {
    await this.handle?.pause()
    this.paused = true
  }

  async resume(): Promise<void> {
    await this.handle?.resume()
    this.paused = false
  }

  /** Pauses the driver's consumer, which was attached anew. False when it is another attachment by then. */
  async restorePause(): Promise<boolean> {
    const { handle } = this
    await handle?.pause()
    return handle !== undefined && this.handle === handle
  }

  async crash(): Promise<void> {
    this.paused = false
    await this.handle?.crash()
    this.events.forgetUnacked()
  }

  /** `delivery`: its number in the room. Throws `invalid` without one, and what the driver throws. */
  async settle(verb: SettleVerb, delivery: number | undefined): Promise<void> {
    if (delivery === undefined) throw missing('delivery')
    // The driver's number: below 1 for a delivery of an earlier attachment.
    await this.handle?.settle(delivery - (this.current?.base ?? delivery), verb)
  }

  /** As `settle`. */
  async skip(delivery: number | undefined): Promise<void> {
    if (delivery === undefined) throw missing('delivery')
    await this.handle?.skip?.(delivery - (this.current?.base ?? delivery))
  }

  /** Throws `invalid` without a position, and what the driver throws. */
  async seek(position: CommandArguments['seek']): Promise<void> {
    if (position === undefined) throw missing('seek')
    await this.handle?.seek(position)
  }

  forgetUnacked(): void {
    this.events.forgetUnacked()
  }

  /** Ignores the attachment from now on: it is dead, or belongs to a driver that was replaced. */
  drop(): void {
    this.current = undefined
    this.events.forgetUnacked()
  }

  /** What it attaches to next is another destination of that name. */
  noteDestinationGone(): void {
    this.isDestinationGone = true
  }

  /** The driver gave it up by itself before that time, Unix time in milliseconds, and it was not attached again since. */
  wasGivenUpBefore(time: number): boolean {
    return this.givenUpAt < time
  }

  private receive(event: ConsumerEvent, attachment: Attachment): void {
    if (this.current !== attachment) return
    if (event.type === 'state' && event.state === 'detached' && !this.leaving) this.givenUpAt = event.at
    if (event.type !== 'state') this.events.take(event, attachment.base)
    else if (!this.leaving) this.onState(event)
  }
}

const missing = (field: 'delivery' | 'seek') =>
  new AppError('invalid', `the command needs "${field}"`, { detail: { field } })
