'use client'

import { LeadButton } from '../follow/follow-button.tsx'
import { CopyableText } from '../ui/copyable-text.tsx'
import { FOLDING, FoldingWord } from '../ui/folding.tsx'
import { Icon } from '../ui/icon.tsx'
import { Popover } from '../ui/popover.tsx'

/** The address other people open to be in this room. */
export const roomAddress = (room: string): string => `${location.origin}/r/${room}`

export const Share = ({ room }: { room: string }) => (
  <Popover
    buttonStyle={{ className: FOLDING }}
    label="Share this room"
    align="end"
    button={
      <>
        <Icon name="share" />
        <FoldingWord>Share</FoldingWord>
      </>
    }
  >
    {() => (
      <>
        <p className="text-ink-2 fs-sm">
          Whoever opens this address is in this room, and sees the modes and views that you show while you
          lead.
        </p>
        <CopyableText what="the room's address">{roomAddress(room)}</CopyableText>
        <LeadButton />
      </>
    )}
  </Popover>
)
