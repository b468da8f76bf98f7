import { pick } from '#lib/util/pick.ts'
import type { Snippet, SnippetPlace } from '../../contract.ts'
import { consumers } from './consumers.ts'
import { producers } from './producers.ts'

/** One group for all: its members split the partitions. */
export function queueSnippets(place: SnippetPlace): readonly Snippet[] {
  if (!place.consumer) return producers(place)
  return consumers(place, {
    group: place.consumer.group ?? `${place.address}.workers`,
    from: 'earliest',
    without:
      'All workers name the same group, and so share the work. With a name of its own each would get everything.',
  })
}

/** A group for each: everybody gets everything. */
export function fanoutSnippets(place: SnippetPlace): readonly Snippet[] {
  if (!place.consumer) return producers(place)
  return consumers(place, {
    group: place.consumer.group ?? `${place.address}.${place.consumer.name}`,
    from: 'latest',
    without:
      'A group of its own gets everything. With the name of another one, it would take a share of that one’s messages.',
  })
}

/** Groups as people choose: each reads all, its members share. */
export function logSnippets(place: SnippetPlace): readonly Snippet[] {
  if (!place.consumer) return producers(place)
  const from = pick(place.consumer.settings, 'from', 'latest')
  return consumers(place, {
    group: place.consumer.group ?? place.consumer.name,
    from: from === 'earliest' ? 'earliest' : 'latest',
    without:
      'The group remembers how far it has read. Under another name, it starts anew and reads beside this one.',
  })
}
