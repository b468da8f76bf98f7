'use client'

import { useState } from 'react'
import type { PersonChangeView } from '#lib/ledger/model/views.ts'
import type { Person } from '#lib/protocol/room.ts'
import { useMay } from '../access/use-may.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { Button } from '../ui/button.tsx'
import { Face } from '../ui/face.tsx'
import { formatTime } from '../ui/format.ts'
import { personChangeWords } from '../words/people.ts'

/** As many comings and goings as are worth a look; the conversation holds them all. */
const CHANGES_LISTED = 5

const Changes = ({ changes }: { changes: readonly PersonChangeView[] }) => (
  <ul
    className="grid gap-1 border-t pt-3 text-ink-2 fs-sm empty:hidden"
    aria-label="Who joined and left lately"
  >
    {changes.map((change) => (
      <li key={change.key} className="flex gap-2">
        <span className="min-w-0 flex-1 truncate" title={change.person.name}>
          <bdi>{change.person.name}</bdi> {personChangeWords(change)}
        </span>
        <time className="text-ink-3" dateTime={new Date(change.at).toISOString()}>
          {formatTime(change.at)}
        </time>
      </li>
    ))}
  </ul>
)

/** What a presenter does about a person who disturbs. */
function PersonActions({ person }: { person: Person }) {
  const feed = useFeed()
  const { allowed } = useMay('person:remove')
  const [asking, setAsking] = useState(false)
  if (!allowed) return null
  const { id, name, muted = false } = person
  const remove = () => {
    if (asking) void feed.command('person:remove', { person: id })
    else setAsking(true)
  }
  return (
    <span className="ml-auto flex gap-1">
      <Button
        size="tight"
        look="quiet"
        aria-label={muted ? `Let ${name} send again` : `Mute ${name}`}
        title={muted ? 'Let them send again' : 'They see everything, and send nothing'}
        onClick={() => void feed.command('person:mute', { person: id, muted: !muted })}
      >
        {muted ? 'Unmute' : 'Mute'}
      </Button>
      <Button
        size="tight"
        look={asking ? 'danger' : 'quiet'}
        aria-label={asking ? `Remove ${name} for good` : `Remove ${name}`}
        title="They leave the room, and cannot come in again"
        onBlur={() => setAsking(false)}
        onClick={remove}
      >
        {asking ? 'Sure?' : 'Remove'}
      </Button>
    </span>
  )
}

export interface PeopleListProps {
  /** In the order in which they are listed. */
  people: readonly Person[]
}

/** Who is here, what a presenter may do about each, and who came and went lately. */
export function PeopleList({ people }: PeopleListProps) {
  const feed = useFeed()
  return (
    <>
      <ul className="grid max-h-60 gap-2 overflow-auto border-t pt-3" aria-label="People here">
        {people.map((person) => (
          <li key={person.id} className="flex items-center gap-2 fs-sm">
            <Face name={person.name} colour={person.colour} />
            <span className="min-w-0 truncate" title={person.name}>
              <bdi>{person.name}</bdi>
            </span>
            {person.id === feed.me.id && <span className="text-ink-3">you</span>}
            {person.muted && <span className="text-ink-3">muted</span>}
            {person.id !== feed.me.id && <PersonActions person={person} />}
          </li>
        ))}
      </ul>
      <Changes changes={feed.views.personChanges.slice(-CHANGES_LISTED).toReversed()} />
    </>
  )
}
