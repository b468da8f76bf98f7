import type { AttachedConsumer, ConsumerEvent, ConsumerSpec, Driver } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { type ArrivalPlace, createArrivals } from './arrivals.ts'
import type { RoomContext } from './context.ts'

export type StateEvent = Extract<ConsumerEvent, { type: 'state' }>

/** A consumer's line to its driver: at most one attachment, whose events become the room's. */
export interface ConsumerLine {
  /** Undefined before the driver has said that it is attached. */
  readonly handle: AttachedConsumer | undefined
  /** There is an attachment, made or in the making. */
  readonly busy: boolean
  /** Resolves once attached, and paused where asked. Throws what the driver throws; then there is no attachment. */
  attach(driver: Driver, spec: ConsumerSpec, paused: boolean): Promise<void>
  /** Leaves politely. What arrives and is settled on the way out is still told. */
  leave(): Promise<void>
  /** A delivery's number in the room as the attachment of now counts it: below 1 for those of an earlier one. */
  numberAtDriver(delivery: number): number
  /** What was in hand is not settled here any more. */
  dropInHand(): void
  /** Hears nothing more of the attachment, which is dead or somebody else's. */
  cut(): void
}

interface Attachment {
  readonly base: number
  handle: AttachedConsumer | undefined
}

export function createConsumerLine(
  ctx: RoomContext,
  place: ArrivalPlace,
  onState: (event: StateEvent) => void,
): ConsumerLine {
  const arrivals = createArrivals(ctx, place)
  let current: Attachment | undefined
  let leaving = false

  function hear(event: ConsumerEvent, attachment: Attachment): void {
    if (current !== attachment) return
    if (event.type !== 'state') arrivals.take(event, attachment.base)
    else if (!leaving) onState(event)
  }

  async function attach(driver: Driver, spec: ConsumerSpec, paused: boolean): Promise<void> {
    cut()
    const attachment: Attachment = { base: ctx.deliveries.highest, handle: undefined }
    current = attachment
    try {
      const handle = await driver.attach(spec, (event) => hear(event, attachment))
      attachment.handle = handle
      if (paused) await handle.pause()
      if (current === attachment) return
      await handle.leave()
    } catch (error) {
      if (current === attachment) await leave()
      throw error
    }
    throw new AppError('broker-down', 'the broker went away while attaching')
  }

  async function leave(): Promise<void> {
    leaving = true
    try {
      await current?.handle?.leave()
    } finally {
      leaving = false
      cut()
    }
  }

  function cut(): void {
    current = undefined
    arrivals.letGo()
  }

  return {
    get handle() {
      return current?.handle
    },
    get busy() {
      return current !== undefined
    },
    attach,
    leave,
    numberAtDriver: (delivery) => delivery - (current?.base ?? delivery),
    dropInHand: arrivals.letGo,
    cut,
  }
}
