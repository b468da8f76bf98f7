import type { EventOf } from '#lib/protocol/events.ts'
import type { Person } from '#lib/protocol/room.ts'
import type { PersonChangeView } from '../model/views.ts'
import type { LedgerState } from '../store/state.ts'
import { isStreamGap } from './gaps.ts'

/** Who comes back this soon has reloaded the page or lost the line for a moment: that is neither leaving nor joining. */
const RETURN_MS = 10_000

/** Keeps who joined, left and changed their name: what one list of people says against the list before. */
export function applyPeople(state: LedgerState, event: EventOf<'people'>): void {
  const before = listBefore(state, event)
  state.peopleSeen = event.people
  if (event.seq > state.snapshotSeq) state.people = event.people
  for (const change of changesBetween(before, event)) noteChange(state, change)
}

/** The first list after a gap says who is there, not who has come. Without a gap history begins with an empty room. */
function listBefore(state: LedgerState, event: EventOf<'people'>): readonly Person[] {
  if (state.peopleSeen !== null) return state.peopleSeen
  if (event.seq > state.snapshotSeq) return state.people
  return state.gaps.some(isStreamGap) ? event.people : []
}

function changesBetween(before: readonly Person[], event: EventOf<'people'>): PersonChangeView[] {
  const { at, seq, people } = event
  const known = new Map(before.map((person) => [person.id, person]))
  const changes: PersonChangeView[] = []
  const add = (what: PersonChangeView['what'], person: Person, nameBefore: string | null = null) =>
    changes.push({ key: `${seq} ${person.id}`, at, what, person, nameBefore })
  for (const person of people) {
    const earlier = known.get(person.id)
    if (earlier === undefined) add('joined', person)
    else if (earlier.name !== person.name) add('renamed', person, earlier.name)
    known.delete(person.id)
  }
  for (const person of known.values()) add('left', person)
  return changes
}

function noteChange(state: LedgerState, change: PersonChangeView): void {
  const last = state.personChanges.findLast(({ person }) => person.id === change.person.id)
  if (change.what === 'joined' && last?.what === 'left' && change.at - last.at <= RETURN_MS) {
    state.personChanges = state.personChanges.filter((one) => one !== last)
    return
  }
  state.personChanges = [...state.personChanges, change].slice(-state.limits.notices)
}
