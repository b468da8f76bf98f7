import type { Role } from '#lib/protocol/command-definition.ts'
import { PEOPLE_MAX_PER_ROOM } from '#lib/protocol/limits.ts'
import type { NamesToPersist, PersistedName } from '#lib/rooms/contract.ts'
import { cutText } from '#lib/util/cut-text.ts'
import { createSignal } from '#lib/util/emitter.ts'
import { isOffice, looksOf } from './alike-names.ts'

/** How long a name stays a person's who was not heard of again: as long as a token. */
const RESERVED_MS = 12 * 60 * 60_000
/** Names remembered; beyond it the one that was heard of least lately is free again. */
const NAMES_MAX = 20_000
/** So many people may come back under names that others have taken meanwhile, and be told apart by a number. */
const ALIKE_MAX = 20
/** Of a name that gets a number: it has 40 characters at most. */
const NUMBERED_MAX_CHARS = 36

/** So many names of a room outlive the server, those heard of last: everybody who may be there, and as many who left. */
const KEPT_MAX_PER_ROOM = 2 * PEOPLE_MAX_PER_ROOM

/** Whose name is whose in each room, so that nobody can speak as somebody else. */
export interface ReservedNames extends NamesToPersist {
  /**
   * Whether the name is the person's now: it was free, or theirs, and no presenter's where they are none. A person has one
   * name; the one before is free again.
   */
  reserve(room: string, personId: string, name: string, role?: Role): boolean
  /** The first of the names wanted that can be reserved, else the last one with a number. */
  reserveOneOf(room: string, personId: string, wanted: readonly [string, ...string[]], role?: Role): string
  /** The name that the person has in the room. */
  nameOf(room: string, personId: string): string | undefined
}

type Reservation = Readonly<PersistedName>

export function createReservedNames(now: () => number = Date.now): ReservedNames {
  const byName = new Map<string, Reservation>()
  const nameOfPerson = new Map<string, string>()
  const forget = (key: string) => {
    const known = byName.get(key)
    byName.delete(key)
    if (known) nameOfPerson.delete(keyOf(roomOf(key), known.personId))
  }
  const take = (room: string, reservation: Reservation) => {
    const { personId, name } = reservation
    const key = keyOf(room, looksOf(name))
    const before = nameOfPerson.get(keyOf(room, personId))
    if (before !== undefined) forget(keyOf(room, looksOf(before)))
    forget(key)
    byName.set(key, reservation)
    nameOfPerson.set(keyOf(room, personId), name)
    for (const oldest of byName.keys()) {
      if (byName.size <= NAMES_MAX) break
      forget(oldest)
    }
  }
  const changes = createSignal<void>()
  const names: ReservedNames = {
    reserve: (room, personId, name, role = 'participant') => {
      if (role === 'participant' && isOffice(name)) return false
      const key = keyOf(room, looksOf(name))
      const taken = byName.get(key)
      if (taken && taken.personId !== personId && now() - taken.at < RESERVED_MS) return false
      take(room, { personId, name, at: now() })
      changes.emit()
      return true
    },
    reserveOneOf: (room, personId, wanted, role) => {
      const last = wanted.at(-1) ?? wanted[0]
      const numbered = Array.from(
        { length: ALIKE_MAX },
        (_, n) => `${cutText(last, NUMBERED_MAX_CHARS)} ${n + 2}`,
      )
      return [...wanted, ...numbered].find((name) => names.reserve(room, personId, name, role)) ?? last
    },
    nameOf: (room, personId) => nameOfPerson.get(keyOf(room, personId)),
    toPersist: () => {
      const rooms = new Map<string, PersistedName[]>()
      for (const [key, reservation] of byName) {
        if (now() - reservation.at >= RESERVED_MS) continue
        const room = roomOf(key)
        const kept = rooms.get(room) ?? []
        if (kept.length === 0) rooms.set(room, kept)
        kept.push(reservation)
        if (kept.length > KEPT_MAX_PER_ROOM) kept.shift()
      }
      return rooms
    },
    onChange: changes.on,
    restore: (room, kept) => {
      for (const { personId, name, at } of kept) take(room, { personId, name, at })
    },
  }
  return names
}

const keyOf = (room: string, rest: string): string => `${room} ${rest}`
/** Names of rooms hold no space. */
const roomOf = (key: string): string => key.slice(0, key.indexOf(' '))
