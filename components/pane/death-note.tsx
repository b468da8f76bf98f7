'use client'

import type { SystemId } from '#lib/protocol/names.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { Icon } from '../ui/icon.tsx'
import { deathWords } from '../words/deaths.ts'

/** Why a message lies among the dead letters, in the broker's own record. */
export function DeathNote({ messageId, system }: { messageId: string; system: SystemId }) {
  useSlice(({ views }) => {
    const ended = views.message(messageId)?.lives.get(system)?.ended
    return ended ? `${ended.how} ${ended.reason}` : null
  })
  const ended = useFeed().views.message(messageId)?.lives.get(system)?.ended
  if (!ended) return null
  return (
    <span className="col-span-full flex items-start gap-1 whitespace-normal text-bad fs-xs leading-sm in-data-[traced=true]:text-on-signal-row @max-narrow/pane:order-5 @max-narrow/pane:flex-[1_0_100%]">
      <Icon name="dead" className="mt-[3px] size-3.5" />
      {deathWords(ended)}
    </span>
  )
}
