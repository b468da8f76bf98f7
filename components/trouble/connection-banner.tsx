'use client'

import { type ReactNode, useEffect, useState } from 'react'
import { unreachable } from '#lib/util/unreachable.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { useNow } from '../feed/use-now.ts'
import { Banner } from '../ui/banner.tsx'
import { Button } from '../ui/button.tsx'
import { formatCount, formatTime } from '../ui/format.ts'

/** A page that only just opened is not "still connecting". */
const SAY_CONNECTING_AFTER_MS = 2_000
/** What is read within this time is not worth a word. */
const SAY_CATCHING_UP_AFTER_MS = 1_000

/** What passes by itself floats under the top bar: nothing moves when it comes and goes. */
const Passing = ({ children }: { children: ReactNode }) => (
  <p
    className="pointer-events-none fixed top-[calc(var(--h-bar)+4px)] left-1/2 z-4 w-max max-w-[calc(100vw-32px)] -translate-x-1/2 rounded-2 border bg-surface px-3 py-1.5 text-ink-2 fs-sm shadow-2"
    role="status"
  >
    {children}
  </p>
)

function Offline({ since, tries }: { since: number; tries: number }) {
  const feed = useFeed()
  return (
    <Banner role="alert">
      <p>
        <b>The dashboard is not answering.</b> Reconnecting since {formatTime(since)}
        {tries > 1 && `, try ${tries}`}. What you send is held here and goes out when it is back.
      </p>
      <Button size="sm" onClick={() => feed.retryNow()}>
        Try now
      </Button>
    </Banner>
  )
}

function Connecting({ since }: { since: number }) {
  const now = useNow()
  if (since === 0 || now - since < SAY_CONNECTING_AFTER_MS) return null
  return <Passing>Taking longer than usual. Waiting for the dashboard to answer.</Passing>
}

function CatchingUp({ missing }: { missing: number }) {
  const [takesLong, setTakesLong] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setTakesLong(true), SAY_CATCHING_UP_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  if (!takesLong) return null
  return (
    <Passing>
      Catching up: <b>{formatCount(missing)}</b> events.
    </Passing>
  )
}

/** How the page stands with the dashboard's own server; nothing while all is well. */
export function ConnectionBanner() {
  useSlice(({ connection }) => JSON.stringify(connection))
  const { connection } = useFeed()
  switch (connection.state) {
    case 'live':
    case 'no-room':
    case 'no-entry':
      return null
    case 'connecting':
      return <Connecting since={connection.since} />
    case 'offline':
      return <Offline since={connection.since} tries={connection.tries} />
    case 'catching-up':
      return <CatchingUp missing={connection.missing} />
    case 'reload':
      return (
        <Banner role="alert">
          <p>
            <b>The dashboard was updated.</b> This page is of another version and has stopped listening.
          </p>
          <Button look="solid" size="sm" onClick={() => location.reload()}>
            Reload
          </Button>
        </Banner>
      )
    default:
      return unreachable(connection)
  }
}
