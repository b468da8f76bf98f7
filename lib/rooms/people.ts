import { AppError } from '#lib/protocol/errors.ts'
import { PEOPLE_MAX_PER_ROOM } from '#lib/protocol/limits.ts'
import type { Person } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'
import type { Stream } from './stream.ts'

/** Who is in the room. A person with several tabs is one person, there until the last tab has left. */
export interface People {
  list(): Person[]
  /** Throws `too-many`. */
  enter(person: Person): Unsubscribe
  /** Changes a person who is there; does nothing for others. */
  update(person: Person): void
  close(): void
}

/** The list is told at once, and then at most this often: a hall of people joining costs a few lists, not hundreds. */
const TELL_EVERY_MS = 200

export function createPeople(stream: Stream): People {
  const present = new Map<string, { person: Person; tabs: number }>()
  let toldAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const list = () => [...present.values()].map(({ person }) => person)

  function tell(): void {
    timer = undefined
    toldAt = now()
    stream.emit({ kind: 'people', at: toldAt, evidence: 'client', people: list() })
  }

  function changed(): void {
    if (closed || timer !== undefined) return
    const wait = toldAt + TELL_EVERY_MS - now()
    if (wait <= 0) tell()
    else timer = setTimeout(tell, wait)
  }

  function enter(person: Person): Unsubscribe {
    const known = present.get(person.id)
    if (known === undefined && present.size >= PEOPLE_MAX_PER_ROOM) {
      throw new AppError('too-many', 'the room is full', { detail: { limit: PEOPLE_MAX_PER_ROOM } })
    }
    present.set(person.id, { person, tabs: (known?.tabs ?? 0) + 1 })
    if (known === undefined || !same(known.person, person)) changed()
    let here = true
    return () => {
      if (here) leave(person.id)
      here = false
    }
  }

  function leave(id: string): void {
    const entry = present.get(id)
    if (entry === undefined) return
    entry.tabs -= 1
    if (entry.tabs > 0) return
    present.delete(id)
    changed()
  }

  function update(person: Person): void {
    const entry = present.get(person.id)
    if (entry === undefined || same(entry.person, person)) return
    entry.person = person
    changed()
  }

  function close(): void {
    closed = true
    clearTimeout(timer)
  }

  return { list, enter, update, close }
}

const same = (a: Person, b: Person) => a.name === b.name && a.colour === b.colour
