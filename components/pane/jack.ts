import type { ConsumerState } from '#lib/protocol/room.ts'
import { unreachable } from '#lib/util/unreachable.ts'

/** How a consumer's jack looks: hollow, plugged, paused, down or off. Each state has a shape of its own as well as a colour. */
export function jackLook(state: ConsumerState, plugged: boolean, live: boolean): string {
  if (!live && state !== 'crashed') return 'jack off'
  switch (state) {
    case 'attached':
      return plugged ? 'jack plugged' : 'jack'
    case 'paused':
      return 'jack paused'
    case 'crashed':
      return 'jack down'
    case 'attaching':
    case 'detached':
      return 'jack off'
    default:
      return unreachable(state)
  }
}
