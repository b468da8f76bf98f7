import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import type { SettleVerb } from '#lib/protocol/commands.ts'
import { now } from '#lib/util/clock.ts'
import { type Held, type Settled, settledEvent } from '../desk.ts'
import type { Link } from '../link.ts'
import { graveFields } from './entry.ts'
import type { Membership } from './group.ts'
import type { Item } from './item.ts'
import type { StreamPlace } from './place.ts'

const TAKEN_OVER = 'it was not pending any more: another worker had taken it over'

export interface SettlingParts {
  place: StreamPlace
  membership: Membership
  /** The key it reads: the queue's, or its dead letters'. */
  stream: string
  /** Its name in the group. */
  me: string
  /** Reads the queue itself, whose poisoned messages go to the dead letters; a reader of those gives up for good. */
  isQueue: boolean
}

/** Writes a settling at once and tells what Redis made of it. Throws the raw error. */
export async function settleItem(
  parts: SettlingParts,
  link: Link,
  { item, delivery }: Held<Item>,
  verb: SettleVerb,
  reason: string,
): Promise<Settled> {
  const { membership } = parts
  switch (verb) {
    case 'ack': {
      const isOurs = (await membership.ack(link, item.id)) > 0
      if (isOurs) return [settledEvent('acknowledged', delivery, 'broker')]
      return [settledEvent('acknowledged', delivery, 'client', TAKEN_OVER)]
    }
    case 'requeue': {
      const attempts = exhausted(parts, item)
      if (attempts !== null) return giveUp(parts, link, item, delivery, `${reason}, at attempt ${attempts}`)
      const isOurs = await membership.release(link, item.id, false)
      return [settledEvent('requeued', delivery, isOurs ? 'broker' : 'client', isOurs ? reason : TAKEN_OVER)]
    }
    case 'reject':
      return giveUp(parts, link, item, delivery, reason)
  }
}

/** The number of its attempts, when there is none left; null when it may be tried again. */
function exhausted({ place, isQueue }: SettlingParts, { attempt }: Item): number | null {
  const { maxAttempts } = place.settings()
  return isQueue && maxAttempts > 0 && attempt >= maxAttempts ? attempt : null
}

async function giveUp(
  parts: SettlingParts,
  link: Link,
  item: Item,
  delivery: number,
  reason: string,
): Promise<Settled> {
  const buried = await bury(parts, link, item, reason)
  if (buried) return [buried, settledEvent('rejected', delivery, 'broker', reason)]
  return [
    settledEvent(
      'rejected',
      delivery,
      'broker',
      `${reason}; acknowledged, and gone: there are no dead letters`,
    ),
  ]
}

/**
 * To the dead letters and off the pending list, both or neither; null where there are no dead letters: it is
 * acknowledged then, and gone.
 */
export async function bury(
  { place, membership, isQueue }: SettlingParts,
  link: Link,
  item: Item,
  reason: string,
): Promise<ConsumerEvent | null> {
  const { dead, address } = place
  const { id, identity, messageId, attempt: attempts } = item
  if (!isQueue || !place.settings().deadLetters) {
    await membership.ack(link, id)
    return null
  }
  const at = now()
  const fields = [...item.fields, ...graveFields({ id, reason, attempts }, address, at)]
  await membership.bury(link, dead, id, fields)
  return { type: 'dead-lettered', messageId, identity, to: dead, reason, attempts, evidence: 'broker', at }
}
