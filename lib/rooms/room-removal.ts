import type { RoomParts } from './room-parts.ts'
import type { UnremovedDestination } from './unremoved-destinations.ts'

/** Removes what is a room's own from the brokers; resolves with what could not be removed. */
export async function removeOwnDestinations({
  ctx,
  destinations,
}: Pick<RoomParts, 'ctx' | 'destinations'>): Promise<UnremovedDestination[]> {
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
/** Resolves when the work is done, or the time is over. */
export async function within(work: Promise<unknown>, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs)
  })
  await Promise.race([work, deadline])
  clearTimeout(timer)
}
