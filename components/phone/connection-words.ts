import { isConnected } from '#lib/protocol/connected.ts'
import { CONSUMER_REASONS } from '#lib/protocol/consumer-reasons.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'

/** What a phone says while its consumer is not attached, or its broker does not answer. */
export interface ConnectionWords {
  title: string
  text: string
  /** Why the last try failed, in the broker's or the driver's own words. */
  said: string | null
}

interface ConnectionFacts {
  seat: Pick<Consumer, 'name' | 'state' | 'reason'>
  /** Undefined until it is known. */
  broker: Pick<BrokerStatus, 'status'> | undefined
  label: string
  /** The consumer belongs to the lesson, and this person plays it. */
  isPart: boolean
}

/** Whether the broker is known not to answer. */
export const isBrokerAway = (broker: ConnectionFacts['broker']): boolean =>
  broker !== undefined && !isConnected(broker)

const ROOM_REASONS: readonly string[] = Object.values(CONSUMER_REASONS)

/** A reason in the broker's or the driver's own words; null for one that the room gives by a name. */
const saidReason = (reason: string | undefined): string | null =>
  reason === undefined || ROOM_REASONS.includes(reason) ? null : reason

function attachingWords({ seat, broker, label, isPart }: ConnectionFacts): ConnectionWords {
  // A consumer that was attached when its broker went carries the driver's reason: the broker's status decides.
  if (isBrokerAway(broker) || seat.reason === CONSUMER_REASONS.brokerDown) {
    const text = isPart
      ? `${seat.name} is connected as soon as it is back.`
      : 'Your seat is kept. You are connected as soon as it is back.'
    return { title: `${label} is away`, text, said: null }
  }
  const said = saidReason(seat.reason)
  if (said === null) {
    return { title: 'Connecting', text: `${label} is given ${isPart ? 'its' : 'your'} name.`, said }
  }
  const text = isPart
    ? `It is tried again until ${label} lets ${seat.name} in.`
    : `Your seat is kept. It is tried again until ${label} lets you in.`
  return { title: 'Connecting', text, said }
}

const silentWords = ({ seat, label, isPart }: ConnectionFacts): ConnectionWords => ({
  title: `${label} does not answer`,
  text: isPart
    ? `${seat.name} gets nothing until it answers again.`
    : 'Your seat is kept. You get nothing until it answers again.',
  said: null,
})

const detachedWords = ({ seat, label, isPart }: ConnectionFacts): ConnectionWords =>
  isPart
    ? {
        title: `${seat.name} is not there`,
        text: 'It comes, or comes back, when the lesson says so.',
        said: null,
      }
    : {
        title: 'Not connected',
        text: `${label} is not connected to you now.`,
        said: saidReason(seat.reason),
      }

/** Null where all is well, and for a seat of one's own that has crashed: what became of that changes by the second. */
export function connectionWords(facts: ConnectionFacts): ConnectionWords | null {
  const { seat, broker, label, isPart } = facts
  switch (seat.state) {
    case 'attaching':
      return attachingWords(facts)
    case 'attached':
    case 'paused':
      return isBrokerAway(broker) ? silentWords(facts) : null
    case 'detached':
      return detachedWords(facts)
    case 'crashed':
      return isPart
        ? {
            title: `${seat.name} has crashed`,
            text: `Its connection ended without a goodbye. ${label} notices in its own way.`,
            said: null,
          }
        : null
  }
}
