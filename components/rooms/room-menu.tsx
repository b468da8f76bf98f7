'use client'

import { Icon } from '../ui/icon.tsx'
import { onDemand } from '../ui/on-demand.tsx'
import { Popover } from '../ui/popover.tsx'
import { ROOM_MENU_NAME } from './room-menu-state.ts'
import { roomTitle } from './room-names.ts'

const RoomMenuBox = onDemand<{ room: string; close(): void }>(
  async () => (await import('./room-menu-box.tsx')).RoomMenuBox,
)

/** The name of the room one is in, which opens the list of all rooms and what can be done with this one. */
export const RoomMenu = ({ room }: { room: string }) => (
  <Popover
    label={`Room ${roomTitle(room)}${ROOM_MENU_NAME}`}
    className="w-78 max-w-78"
    buttonStyle={{
      look: 'quiet',
      size: 'own',
      weight: 'strong',
      className:
        'h-control min-w-0 gap-1.5 rounded-2 px-2 -mx-2 text-ink fs-lg tracking-tight max-700:min-h-tap',
    }}
    button={
      <>
        <span className="min-w-0 overflow-hidden text-ellipsis" title={room}>
          {roomTitle(room)}
        </span>
        <Icon name="down" className="flex-none" />
      </>
    }
  >
    {(close) => <RoomMenuBox room={room} close={close} />}
  </Popover>
)
