import { settingValue } from '#lib/util/setting-value.ts'
import type { Snippet, SnippetContext } from '../../contract.ts'
import { subscriberGroup, workerGroup } from '../settings.ts'
import { consumers } from './consumers.ts'
import { producers } from './producers.ts'

/** All workers are members of one group and split its partitions. */
export function queueSnippets(place: SnippetContext): readonly Snippet[] {
  if (!place.consumer) return producers(place)
  return consumers(place, {
    group: place.consumer.group ?? workerGroup(place.address),
    from: 'earliest',
    without:
      'All workers name the same group, and so share the work. With a name of its own each would get everything.',
  })
}

/** Each subscriber is a group of its own and gets every message. */
export function fanoutSnippets(place: SnippetContext): readonly Snippet[] {
  if (!place.consumer) return producers(place)
  return consumers(place, {
    group: place.consumer.group ?? subscriberGroup(place.address, place.consumer.name),
    from: 'latest',
    without:
      'A group of its own gets everything. With the name of another one, it would take a share of that one’s messages.',
  })
}

/** People choose the groups: each group gets every message, its members split the partitions. */
export function logSnippets(place: SnippetContext): readonly Snippet[] {
  if (!place.consumer) return producers(place)
  const from = settingValue(place.consumer.settings, 'from', 'latest')
  return consumers(place, {
    group: place.consumer.group ?? place.consumer.name,
    from: from === 'earliest' ? 'earliest' : 'latest',
    without:
      'The group remembers how far it has read. Under another name, it starts anew and reads beside this one.',
  })
}
