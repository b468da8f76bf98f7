'use client'

import type { Person } from '#lib/protocol/room.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { Face } from '../ui/face.tsx'
import { formatCount } from '../ui/format.ts'
import { onDemand } from '../ui/on-demand.tsx'
import { Popover } from '../ui/popover.tsx'
import { IdentityForm } from './identity-form.tsx'
import type { PeopleListProps } from './people-list.tsx'

/** Faces beside the room's name; the rest is a number. */
const FACES_SHOWN = 4
const personSignature = (people: readonly Person[]) =>
  people.map(({ id, name, colour, muted }) => `${id} ${colour} ${muted} ${name}`).join('|')

/** You first, then the others as they came. */
function ordered(people: readonly Person[], myId: string): Person[] {
  const mine = people.filter(({ id }) => id === myId)
  return [...mine, ...people.filter(({ id }) => id !== myId)]
}

const PeopleList = onDemand<PeopleListProps>(async () => (await import('./people-list.tsx')).PeopleList)

export function People() {
  useSlice(
    ({ views, me }) =>
      `${me.id} ${me.name} ${me.colour}|${personSignature(views.people)}|${views.personChanges.at(-1)?.key}`,
    'calm',
  )
  const feed = useFeed()
  const people = ordered(feed.views.people, feed.me.id)
  const count = people.length
  if (count === 0) return null
  return (
    <Popover
      buttonStyle={{
        look: 'quiet',
        size: 'own',
        weight: 'text',
        className:
          'h-control flex-none gap-2 rounded-2 px-2 fs-sm max-700:min-h-tap max-700:px-1 max-700:in-[[data-part=room]:has([data-recording])]:hidden',
      }}
      className="w-80"
      button={
        <>
          <span className="inline-flex pl-1.5 max-700:hidden" aria-hidden="true">
            {people.slice(0, FACES_SHOWN).map((person) => (
              <Face
                key={person.id}
                name={person.name}
                colour={person.colour}
                you={person.id === feed.me.id}
                className="-ml-1.5"
              />
            ))}
          </span>
          <span>
            {formatCount(count)} here<span className="vh">: who, and your own name</span>
          </span>
        </>
      }
    >
      {(close) => (
        <>
          <IdentityForm onDone={close} />
          <PeopleList people={people} />
        </>
      )}
    </Popover>
  )
}
