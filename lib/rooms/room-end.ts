import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
import type { RoomParts } from './room-parts.ts'
import type { UnremovedDestination } from './unremoved-destinations.ts'

/** Closing waits this long for consumers to leave; whatever hangs longer ends with its driver. */
const LEAVE_DEADLINE_MS = 4_000

/** The end of a room, begun once: whoever asks again gets the same promise. */
export class RoomEnd {
  private readonly parts: RoomParts
  private readonly removed = createSignal<void>()
  private ended: Promise<UnremovedDestination[]> | undefined

  constructor(parts: RoomParts) {
    this.parts = parts
  }

  get hasBegun(): boolean {
    return this.ended !== undefined
  }

  /** The room is going to be removed for good. */
  onRemoved(listener: () => void): Unsubscribe {
    return this.removed.on(listener)
  }

  begin({ removesOwn }: { removesOwn: boolean }): Promise<UnremovedDestination[]> {
    if (!this.hasBegun && removesOwn) this.removed.emit()
    this.ended ??= endRoom(this.parts, removesOwn).finally(() => this.removed.clear())
    return this.ended
  }
}

/**
 * Ends everything that a room does and lets its consumers leave. With `removesOwn` it also removes the room's own destinations
 * from the brokers; resolves with those that could not be removed.
 */
async function endRoom(parts: RoomParts, removesOwn: boolean): Promise<UnremovedDestination[]> {
  const { ctx, consumers } = parts
  parts.stop()
  const leaving = consumers.list().map((one) => (removesOwn ? consumers.remove(one) : one.sleep()))
  await within(Promise.all(leaving), LEAVE_DEADLINE_MS)
  const unremoved = removesOwn ? await removeOwnDestinations(parts) : []
  ctx.stream.close()
  return unremoved
}

async function removeOwnDestinations({ ctx, destinations }: RoomParts): Promise<UnremovedDestination[]> {
  const unremoved: UnremovedDestination[] = []
  for (const destination of destinations.list().filter((one) => !one.stays)) {
    const { spec } = destination
    const { system, address } = destination.now
    try {
      await destination.deleteFromBroker()
    } catch (error) {
      ctx.log.warn({ err: error, system, address }, 'a destination could not be removed')
      // What the room does not own stays there anyway.
      if (spec.owned) unremoved.push({ system, address })
    }
  }
  return unremoved
}

async function within(work: Promise<unknown>, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs)
  })
  await Promise.race([work, deadline])
  clearTimeout(timer)
}
