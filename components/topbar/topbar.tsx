'use client'

import { FollowButton } from '../follow/follow-button.tsx'
import { Find } from '../history/find.tsx'
import { Record } from '../recording/record.tsx'
import { RoomMenu } from '../rooms/room-menu.tsx'
import { roomTitle } from '../rooms/room-names.ts'
import { setPresenting, usePresenting } from '../ui/appearance.ts'
import { Button } from '../ui/button.tsx'
import { FOLDING, FoldingWord } from '../ui/folding.tsx'
import { Icon } from '../ui/icon.tsx'
import { showOverlay } from '../ui/overlay.ts'
import { ThemeSwitch } from '../ui/theme-switch.tsx'
import { Bar } from '../view/bar.tsx'
import { Connections } from './connections.tsx'
import { People } from './people.tsx'
import { PeopleNews } from './people-news.tsx'
import { Share } from './share.tsx'

export function TopBar({ room }: { room: string }) {
  const presenting = usePresenting()
  return (
    <Bar
      room={roomTitle(room)}
      roomMenu={<RoomMenu room={room} />}
      beside={
        <>
          <Find room={room} />
          <Record room={room} />
          <Button
            square
            className="max-1440:hidden present:hidden"
            aria-label="Keys and commands"
            title="Keys and commands (?)"
            onClick={() => showOverlay('keys')}
          >
            ?
          </Button>
          {/* Last: what grows when somebody comes pushes nothing. */}
          <People />
          <PeopleNews />
          <FollowButton />
        </>
      }
      end={
        <>
          <Connections />
          <Share room={room} />
          <ThemeSwitch />
          <Button
            square={presenting}
            className={presenting ? '' : `${FOLDING} max-700:hidden`}
            aria-label={presenting ? 'Leave present mode' : 'Present mode'}
            title={presenting ? 'Leave present mode (p)' : 'Present mode (p)'}
            onClick={() => setPresenting(!presenting)}
          >
            <Icon name={presenting ? 'x' : 'screen'} />
            {!presenting && <FoldingWord>Present</FoldingWord>}
          </Button>
        </>
      }
    />
  )
}
