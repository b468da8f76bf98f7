import type { RoomParts } from './room-parts.ts'
import type { UnremovedDestination } from './unremoved-destinations.ts'

/** Closing waits this long for consumers to leave; whatever hangs longer ends with its driver. */
const LEAVE_DEADLINE_MS = 4_000

/**
 * Ends everything that a room does and lets its consumers leave. With `removesOwn` it also removes the room's own destinations
 * from the brokers; resolves with those that could not be removed.
 */
export async function endRoom(parts: RoomParts, removesOwn: boolean): Promise<UnremovedDestination[]> {
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
