/** How long a name stays a person's who was not heard of again: as long as a token. */
const RESERVED_MS = 12 * 60 * 60_000
/** Names remembered; beyond it the one that was heard of least lately is free again. */
const NAMES_MAX = 20_000

/** Whose name is whose in each room, so that nobody can speak as somebody else. */
export interface ReservedNames {
  /** Whether the name is the person's now: it was free, or theirs. A person has one name; the one before is free again. */
  reserve(room: string, personId: string, name: string): boolean
  /** The name that the person has in the room. */
  nameOf(room: string, personId: string): string | undefined
}

interface Reservation {
  readonly personId: string
  readonly name: string
  readonly at: number
}

export function createReservedNames(now: () => number = Date.now): ReservedNames {
  const byName = new Map<string, Reservation>()
  const nameOfPerson = new Map<string, string>()
  const forget = (key: string) => {
    const known = byName.get(key)
    byName.delete(key)
    if (known) nameOfPerson.delete(keyOf(roomOf(key), known.personId))
  }
  return {
    reserve: (room, personId, name) => {
      const key = keyOf(room, alike(name))
      const taken = byName.get(key)
      if (taken && taken.personId !== personId && now() - taken.at < RESERVED_MS) return false
      const before = nameOfPerson.get(keyOf(room, personId))
      if (before !== undefined) forget(keyOf(room, alike(before)))
      forget(key)
      byName.set(key, { personId, name, at: now() })
      nameOfPerson.set(keyOf(room, personId), name)
      for (const oldest of byName.keys()) {
        if (byName.size <= NAMES_MAX) break
        forget(oldest)
      }
      return true
    },
    nameOf: (room, personId) => nameOfPerson.get(keyOf(room, personId)),
  }
}

const keyOf = (room: string, rest: string): string => `${room} ${rest}`
/** Names of rooms hold no space. */
const roomOf = (key: string): string => key.slice(0, key.indexOf(' '))

/**
 * Names that people cannot tell apart at a glance: large and small, wide and narrow letters, spaces, accents typed in
 * two ways.
 */
const alike = (name: string): string => name.normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, '')
