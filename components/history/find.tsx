'use client'

import { useState } from 'react'
import { Icon } from '../ui/icon.tsx'
import { onDemand } from '../ui/on-demand.tsx'
import { Popover } from '../ui/popover.tsx'
import type { FindBoxProps } from './find-box.tsx'

const FindBox = onDemand<FindBoxProps>(async () => (await import('./find-box.tsx')).FindBox)

/** Finds messages among those the page holds, narrows the panes to them, and saves them as a file. */
export function Find({ room }: { room: string }) {
  const [words, setWords] = useState('')
  return (
    <Popover
      buttonStyle={{ square: true, className: 'max-700:w-11 present:hidden' }}
      className="w-105"
      label="Find and export messages"
      title="Find and export messages"
      button={<Icon name="search" />}
    >
      {(close) => <FindBox room={room} words={words} onWords={setWords} close={close} />}
    </Popover>
  )
}
