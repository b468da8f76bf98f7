'use client'

import type { Feed, HeldSend } from '#lib/feed/feed.ts'
import { goesByItself } from '#lib/feed/held-sends.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { Popover } from '../ui/popover.tsx'
import { Tag } from '../ui/tag.tsx'
import { heldTitle, heldWords } from '../words/held.ts'

/** Tags shown beside the count; all of them stand in the list. */
const TAGS_SHOWN = 3

const heldFor = (feed: Feed, system: string) => feed.held.filter((held) => held.system === system)

const nameOf = (held: HeldSend) => (held.number === null ? 'held message' : `#${held.number}`)

function HeldRow({ held, label }: { held: HeldSend; label: string }) {
  const feed = useFeed()
  const name = nameOf(held)
  return (
    <li className="flex items-center gap-2 fs-sm">
      <Tag number={held.number} look="gone" />
      <div className="min-w-0 flex-1">
        <p className="line-clamp-3 font-strong wrap-anywhere" dir="auto">
          {held.text}
        </p>
        <p className="text-ink-3 text-xs">{heldWords(held, label)}</p>
      </div>
      {!goesByItself(held) && (
        <Button
          size="sm"
          aria-label={`Send ${name} to ${label} again`}
          onClick={() => feed.sendAgain(held.id, held.system)}
        >
          Send again
        </Button>
      )}
      <Button
        look="quiet"
        size="sm"
        aria-label={`Discard ${name} held for ${label}`}
        onClick={() => feed.discard(held.id, held.system)}
      >
        Discard
      </Button>
    </li>
  )
}

/** What this browser holds for a lane whose broker is away, in plain sight, with a way to throw it away. */
export function HeldList({ lane }: { lane: LaneRef }) {
  const { id: system, label } = lane.manifest
  useSlice((feed) =>
    heldFor(feed, system)
      .map(({ id, number, why, code }) => `${id} ${number} ${why} ${code}`)
      .join('|'),
  )
  const held = heldFor(useFeed(), system)
  const first = held[0]
  if (!first) return null
  return (
    <section className="text-ink-2 text-xs leading-sm recorded:hidden" aria-label={`Held for ${label}`}>
      <p>
        <b className="mr-1 text-ink">{heldTitle(held.length)}</b>
        {held.slice(0, TAGS_SHOWN).map((one) => (
          <Tag key={one.id} number={one.number} look="gone" size="sm" className="mr-1" />
        ))}
      </p>
      <p className="flex items-center justify-between gap-2">
        <span>{heldWords(first, label)}</span>
        <Popover
          buttonStyle={{ size: 'xs' }}
          className="w-105"
          button={
            <>
              Show <Icon name="down" />
            </>
          }
          label={`Show what is held for ${label}`}
        >
          {() => (
            <ul className="grid gap-2" aria-label={`Messages held for ${label}`}>
              {held.map((one) => (
                <HeldRow key={one.id} held={one} label={label} />
              ))}
            </ul>
          )}
        </Popover>
      </p>
    </section>
  )
}
