import type { Feed } from '#lib/feed/feed.ts'

/** How many people are in the room with a phone that is a consumer, those left out whose phone is away. */
export function phonesIn({ views }: Feed): number {
  const owners = new Set<string>()
  for (const { system, name } of views.destinations) {
    for (const { owner, away } of views.destination(system, name)?.consumers ?? []) {
      if (owner !== undefined && away !== true) owners.add(owner.id)
    }
  }
  return owners.size
}
