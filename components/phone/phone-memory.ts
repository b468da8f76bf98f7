import { randomUuid } from '#lib/util/uuid.ts'

/** What this browser remembers for a phone's page. Storage may be forbidden or hold anything: then each visit is the first. */

const ID_KEY = 'switchboard.person'
const VISIT_KEY = 'switchboard.phone'

export interface HadSeat {
  system: string
  destination: string
  consumer: string
  group?: string
}

/** A visit that has not ended: a page that is loaded again goes on with it. */
export interface Visit {
  code: string
  name: string
  room: string
  person: string
  had?: HadSeat
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

function stored(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null')
  } catch {
    return null
  }
}

function store(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    // It lasts as long as the page.
    return
  }
}

/** Stable per browser, and the same as on the desk: one person, however many pages are open. */
export function personId(): string {
  try {
    const known = localStorage.getItem(ID_KEY)
    if (known && /^[A-Za-z0-9-]{1,64}$/.test(known)) return known
  } catch {
    return randomUuid()
  }
  const fresh = randomUuid()
  store(ID_KEY, fresh)
  return fresh
}

/** The last visit, whatever room it was in. */
export function lastVisit(): Visit | null {
  const found = stored(VISIT_KEY)
  if (typeof found !== 'object' || found === null) return null
  const { code, name, room, person, had } = found as Record<string, unknown>
  if (!isText(code) || !isText(name) || !isText(room) || !isText(person)) return null
  const seat = seatOf(had)
  return { code, name, room, person, ...(seat === null ? {} : { had: seat }) }
}

function seatOf(had: unknown): HadSeat | null {
  if (typeof had !== 'object' || had === null) return null
  const { system, destination, consumer, group } = had as Record<string, unknown>
  if (!isText(system) || !isText(destination) || !isText(consumer)) return null
  return { system, destination, consumer, ...(isText(group) ? { group } : {}) }
}

export const rememberVisit = (visit: Visit): void => store(VISIT_KEY, JSON.stringify(visit))

/** The name stays, for the next time; the room and the seat do not. */
export function endVisit({ name, person }: Visit): void {
  store(VISIT_KEY, JSON.stringify({ code: '-', room: '-', name, person }))
}
export const isUnderWay = ({ room }: Visit): boolean => room !== '-'
