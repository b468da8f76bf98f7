/** How long a name stays a person's who was not heard of again: as long as a token. */
const CLAIM_MS = 12 * 60 * 60_000
/** Names remembered; beyond it the one that was heard of least lately is free again. */
const CLAIMS_MAX = 20_000

/** Whose name is whose in each room, so that nobody can speak as somebody else. */
export interface NameClaims {
  /** Whether the name is the person's now: it was free, or theirs. A person has one name; the one before is free again. */
  claim(room: string, personId: string, name: string): boolean
  /** The name that the person has in the room. */
  nameOf(room: string, personId: string): string | undefined
}

interface Claim {
  readonly personId: string
  readonly name: string
  readonly at: number
}

export function createNameClaims(now: () => number = Date.now): NameClaims {
  const byName = new Map<string, Claim>()
  const nameOfPerson = new Map<string, string>()
  const forget = (key: string) => {
    const claim = byName.get(key)
    byName.delete(key)
    if (claim) nameOfPerson.delete(keyOf(roomOf(key), claim.personId))
  }
  return {
    claim: (room, personId, name) => {
      const key = keyOf(room, alike(name))
      const taken = byName.get(key)
      if (taken && taken.personId !== personId && now() - taken.at < CLAIM_MS) return false
      const before = nameOfPerson.get(keyOf(room, personId))
      if (before !== undefined) forget(keyOf(room, alike(before)))
      forget(key)
      byName.set(key, { personId, name, at: now() })
      nameOfPerson.set(keyOf(room, personId), name)
      for (const oldest of byName.keys()) {
        if (byName.size <= CLAIMS_MAX) break
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

/** Names that people cannot tell apart at a glance: large and small, wide and narrow letters, spaces, accents typed in two ways. */
const alike = (name: string): string => name.normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, '')
