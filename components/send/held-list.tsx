'use client'

import type { Feed, HeldSend } from '#lib/feed/feed.ts'
import { goesByItself } from '#lib/feed/held-sends.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
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
    <li className="heldrow">
      <Tag number={held.number} gone />
      <div>
        <p className="heldtext">{held.text}</p>
        <p className="muted">{heldWords(held, label)}</p>
      </div>
      {!goesByItself(held) && (
        <button
          type="button"
          className="btn sm"
          aria-label={`Send ${name} to ${label} again`}
          onClick={() => feed.sendAgain(held.id, held.system)}
        >
          Send again
        </button>
      )}
      <button
        type="button"
        className="btn sm quiet"
        aria-label={`Discard ${name} held for ${label}`}
        onClick={() => feed.discard(held.id, held.system)}
      >
        Discard
      </button>
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
    <section className="held" aria-label={`Held for ${label}`}>
      <p>
        <b>{heldTitle(held.length)}</b>
        {held.slice(0, TAGS_SHOWN).map((one) => (
          <Tag key={one.id} number={one.number} gone />
        ))}
      </p>
      <p className="held-foot">
        <span>{heldWords(first, label)}</span>
        <Popover
          buttonClass="btn sm"
          className="heldbox"
          button={
            <>
              Show <Icon name="down" />
            </>
          }
          label={`Show what is held for ${label}`}
        >
          {() => (
            <ul aria-label={`Messages held for ${label}`}>
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
