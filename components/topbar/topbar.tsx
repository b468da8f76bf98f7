'use client'

import { LOBBY } from '#lib/protocol/names.ts'
import { Find } from '../history/find.tsx'
import { Record } from '../recording/record.tsx'
import { setPresenting, usePresenting } from '../ui/appearance.ts'
import { Icon, Logo } from '../ui/icon.tsx'
import { ThemeSwitch } from '../ui/theme-switch.tsx'
import { ViewTabs } from '../view/view-tabs.tsx'
import { Connections } from './connections.tsx'
import { People } from './people.tsx'
import { Share } from './share.tsx'

const roomTitle = (room: string) => (room === LOBBY ? 'Lobby' : room)

export function TopBar({ room }: { room: string }) {
  const presenting = usePresenting()
  return (
    <header className="topbar">
      <div className="brand">
        <Logo />
        <h1>
          <b>Switchboard</b>
          <i className="slash" aria-hidden="true" />
          <span className="room">{roomTitle(room)}</span>
        </h1>
        <People />
        <Find room={room} />
        <Record room={room} />
      </div>
      <ViewTabs />
      <div className="bar-end">
        <Connections />
        <Share room={room} />
        <ThemeSwitch />
        <button
          type="button"
          className={presenting ? 'btn ico' : 'btn fold only-wide'}
          aria-label={presenting ? 'Leave present mode' : 'Present mode'}
          title={presenting ? 'Leave present mode (p)' : 'Present mode (p)'}
          onClick={() => setPresenting(!presenting)}
        >
          <Icon name={presenting ? 'x' : 'screen'} />
          {!presenting && <span className="word">Present</span>}
        </button>
      </div>
    </header>
  )
}
