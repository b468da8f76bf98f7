import type { Feed } from '#lib/feed/feed.ts'
import { partPlayedBy } from '#lib/lessons/parts.ts'
import { countPhones } from '#lib/protocol/phones.ts'

/** How many people are in the room with a phone, those left out whose phone is away. */
export const phonesIn = ({ views }: Feed): number =>
  countPhones(
    views.people,
    views.destinations.flatMap(({ system, name }) => views.destination(system, name)?.consumers ?? []),
  )

/** How many phones play each of the lesson's consumers, by its id; empty where nobody plays a part. */
export function phonesByPart({ views }: Feed): ReadonlyMap<string, number> {
  const { parts, run } = views.lesson ?? {}
  if (parts === undefined || run === undefined) return NOBODY
  const counts = new Map(parts.map((part) => [part, 0]))
  for (const { id, phone } of views.people) {
    const part = phone === true ? partPlayedBy(parts, run, id) : null
    if (part !== null) counts.set(part, (counts.get(part) ?? 0) + 1)
  }
  return counts
}

const NOBODY: ReadonlyMap<string, number> = new Map()
