import type { Feed } from '#lib/feed/feed.ts'
import type { Mode, SystemId } from '#lib/protocol/names.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { keptNow } from '../keep/kept-now.ts'
import { holdsWords } from '../words/modes.ts'

/** A destination on which the broker has messages now. */
export interface Holding {
  destination: string
  mode: Mode
  /** "3 waiting" */
  words: string
}

export const holdingsOf = ({ views }: Pick<Feed, 'views'>, system: SystemId): Holding[] =>
  views.destinations.flatMap(({ system: of, name, mode }) => {
    const facts = of === system ? views.destination(system, name)?.facts?.facts : undefined
    const kept = facts && keptNow(facts)
    return kept && kept.count > 0 ? [{ destination: name, mode, words: holdsWords(kept) }] : []
  })

/** Which destinations of a system hold something, whichever of them its lane shows. */
export function useHoldings(system: SystemId): readonly Holding[] {
  useSlice((feed) => JSON.stringify(holdingsOf(feed, system)), 'calm')
  return holdingsOf(useFeed(), system)
}
