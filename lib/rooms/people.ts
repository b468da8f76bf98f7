import { AppError } from '#lib/protocol/errors.ts'
import { PEOPLE_MAX_PER_ROOM } from '#lib/protocol/limits.ts'
import type { Person, Shown } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
import type { PersistedPeople } from './persisted-gathering.ts'
import type { RoomStream } from './room-stream.ts'

/**
 * The list is emitted at once, and then at most this often: a crowd that joins costs a few lists, not hundreds. The longer it
 * is, the rarer: everybody gets all of it, and history keeps it.
 */
const EMIT_EVERY_MS = 200
const EMIT_EVERY_MS_PER_PERSON = 4

/** Who is in the room. A person with several tabs is one person, present until the last tab has left. */
export class People {
  private readonly stream: RoomStream
  private readonly present = new Map<string, { person: Person; tabs: number }>()
  /** Who leads, and what that person shows. */
  private lead: { personId: string; shows: Shown } | null = null
  private readonly muted = new Set<string>()
  private readonly removed = new Set<string>()
  private readonly removal = createSignal<string>()
  private emittedAt = Number.NEGATIVE_INFINITY
  private timer: NodeJS.Timeout | undefined
  private closed = false

  constructor(stream: RoomStream) {
    this.stream = stream
  }

  get count(): number {
    return this.present.size
  }

  list(): Person[] {
    const { lead } = this
    return Array.from(this.present.values(), ({ person }) => ({
      ...person,
      ...(this.muted.has(person.id) ? { muted: true as const } : {}),
      ...(person.id === lead?.personId ? { shows: lead.shows } : {}),
    }))
  }

  /** The person is present until the returned function is called. Throws `too-many`, `person-removed`. */
  enter(person: Person): Unsubscribe {
    if (this.removed.has(person.id)) throw removedError()
    const known = this.present.get(person.id)
    if (known === undefined && this.present.size >= PEOPLE_MAX_PER_ROOM) {
      throw new AppError('too-many', 'the room is full', { detail: { limit: PEOPLE_MAX_PER_ROOM } })
    }
    const entered = known?.person.phone ? { ...person, phone: true as const } : person
    this.present.set(person.id, { person: entered, tabs: (known?.tabs ?? 0) + 1 })
    if (known === undefined || !looksSame(known.person, entered)) this.onChange()
    let isHere = true
    return () => {
      if (isHere) this.leave(person.id)
      isHere = false
    }
  }

  /** Changes a person who is present; does nothing for others. */
  update(person: Person): void {
    const entry = this.present.get(person.id)
    if (entry === undefined || looksSame(entry.person, person)) return
    entry.person = person
    this.onChange()
  }

  /** Throws `muted`. */
  checkMaySend(personId: string): void {
    if (this.muted.has(personId)) throw new AppError('muted', 'a presenter has muted this person')
  }

  /** Somebody who is muted stays so when they leave and come back. Throws `person-not-found`. */
  mute(personId: string, muted: boolean): void {
    if (!this.muted.has(personId)) this.requirePresent(personId)
    if (muted) this.muted.add(personId)
    else this.muted.delete(personId)
    this.onChange()
  }

  /** Throws `person-not-found`. */
  remove(personId: string): void {
    this.requirePresent(personId)
    this.removed.add(personId)
    this.muted.delete(personId)
    this.present.delete(personId)
    if (this.lead?.personId === personId) this.lead = null
    this.onChange()
    this.removal.emit(personId)
  }

  hasRemoved(personId: string): boolean {
    return this.removed.has(personId)
  }

  onRemoved(listener: (personId: string) => void): Unsubscribe {
    return this.removal.on(listener)
  }

  /** The person leads until the returned function is called, leaves, or somebody else leads. */
  show(personId: string, shows: Shown): Unsubscribe {
    const lead = { personId, shows }
    this.lead = lead
    this.onChange()
    return () => {
      if (this.lead !== lead) return
      this.lead = null
      this.onChange()
    }
  }

  /** Who is muted or removed, to be written to the file of persisted rooms. */
  toPersist(): PersistedPeople {
    return { muted: [...this.muted], removed: [...this.removed] }
  }

  /** As it was before the server was started again. */
  restore({ muted, removed }: PersistedPeople): void {
    for (const id of muted) this.muted.add(id)
    for (const id of removed) this.removed.add(id)
  }

  close(): void {
    this.closed = true
    clearTimeout(this.timer)
    this.removal.clear()
  }

  private requirePresent(personId: string): void {
    if (!this.present.has(personId)) throw new AppError('person-not-found', 'this person is not here')
  }

  private leave(id: string): void {
    const entry = this.present.get(id)
    if (entry === undefined) return
    entry.tabs -= 1
    if (entry.tabs > 0) return
    this.present.delete(id)
    if (this.lead?.personId === id) this.lead = null
    this.onChange()
  }

  private onChange(): void {
    if (this.closed || this.timer !== undefined) return
    const pause = Math.max(EMIT_EVERY_MS, this.present.size * EMIT_EVERY_MS_PER_PERSON)
    const wait = this.emittedAt + pause - performance.now()
    if (wait <= 0) this.emit()
    else this.timer = setTimeout(() => this.emit(), wait)
  }

  private emit(): void {
    this.timer = undefined
    this.emittedAt = performance.now()
    this.stream.emit({ kind: 'people', at: now(), evidence: 'client', people: this.list() })
  }
}

const removedError = () => new AppError('person-removed', 'a presenter has removed this person from the room')

const looksSame = (a: Person, b: Person) => a.name === b.name && a.colour === b.colour && a.phone === b.phone
