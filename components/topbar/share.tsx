'use client'

import { CopyButton } from '../ui/copy-button.tsx'
import { Icon } from '../ui/icon.tsx'
import { Popover } from '../ui/popover.tsx'

/** The address other people open to be in this room. */
export const roomAddress = (room: string): string => `${location.origin}/r/${room}`

export const Share = ({ room }: { room: string }) => (
  <Popover
    buttonClass="btn fold"
    label="Share this room"
    align="end"
    button={
      <>
        <Icon name="share" />
        <span className="word">Share</span>
      </>
    }
  >
    {() => (
      <>
        <p className="share-what">Whoever opens this address is in this room.</p>
        <div className="cmd">
          <code>{roomAddress(room)}</code>
          <CopyButton text={roomAddress(room)} what="the room's address" />
        </div>
      </>
    )}
  </Popover>
)
