'use client'

import { SHARE_BUTTON_NAME } from '../rooms/room-menu-state.ts'
import { FOLDING, FoldingWord } from '../ui/folding.tsx'
import { Icon } from '../ui/icon.tsx'
import { onDemand } from '../ui/on-demand.tsx'
import { Popover } from '../ui/popover.tsx'

const ShareBox = onDemand(async () => (await import('./share-box.tsx')).ShareBox)

export const Share = ({ room }: { room: string }) => (
  <Popover
    buttonStyle={{ className: FOLDING }}
    label={SHARE_BUTTON_NAME}
    align="end"
    className="w-[400px]"
    button={
      <>
        <Icon name="share" />
        <FoldingWord>Share</FoldingWord>
      </>
    }
  >
    {() => <ShareBox room={room} />}
  </Popover>
)
