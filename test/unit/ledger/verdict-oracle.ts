import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { ConsumerState } from '#lib/protocol/room.ts'
import type { Place } from './event-maker.ts'

/**
 * Who got a message, worked out from all events again by the plainest means: no index, no cache, nothing of the ledger. It knows
 * what each mode promises, and reads from the events who had joined, who was away when, and what arrived.
 */
interface Question {
  events: readonly RoomEvent[]
  place: Place
  id: string
}

interface Member {
  name: string
  group: string | undefined
  joined: number
  states: Array<{ at: number; state: ConsumerState }>
}

const isHere = (state: ConsumerState | undefined): boolean => state === 'attached' || state === 'paused'

function membersOf({ events, place }: Question): Member[] {
  const members = new Map<string, Member>()
  for (const event of events) {
    if (event.kind !== 'consumer' || event.system !== place.system) continue
    if (event.destination !== place.destination) continue
    const { name, group, since = Infinity } = event.now
    const member = members.get(name) ?? { name, group, joined: since, states: [] }
    member.states.push({ at: event.at, state: event.now.state })
    members.set(name, member)
  }
  return [...members.values()]
}

const stateAt = ({ states }: Member, at: number): ConsumerState | undefined =>
  states.filter((one) => one.at <= at).at(-1)?.state

const arrivalsOf = ({ events, place, id }: Question): EventOf<'delivered'>[] =>
  events.filter(
    (event): event is EventOf<'delivered'> =>
      event.kind === 'delivered' &&
      event.messageId === id &&
      event.system === place.system &&
      event.destination === place.destination,
  )

/** It was in hand at a crash, and is not acknowledged. */
function wasLost({ events }: Question, arrival: EventOf<'delivered'>, member: Member): boolean {
  if (!arrival.inHand) return false
  const acked = events.some(
    (event) =>
      event.kind === 'acknowledged' &&
      event.consumer === arrival.consumer &&
      event.delivery === arrival.delivery &&
      event.system === arrival.system,
  )
  return !acked && member.states.some(({ at, state }) => at > arrival.at && state === 'crashed')
}

export function expectedVerdict(question: Question, mode: Mode): Record<string, unknown> {
  const receipt = question.events.find(
    (event) =>
      (event.kind === 'published' || event.kind === 'unheard') &&
      event.messageId === question.id &&
      event.system === question.place.system &&
      event.destination === question.place.destination,
  )
  if (!receipt) return { kind: 'not-sent' }
  const members = membersOf(question)
  const arrivals = arrivalsOf(question)
  const has = (member: Member): boolean => {
    const last = arrivals.filter(({ consumer }) => consumer === member.name).at(-1)
    return last !== undefined && !wasLost(question, last, member)
  }
  if (mode === 'queue') return queueVerdict(members, arrivals, receipt.at, has)
  if (mode === 'fanout') return fanoutVerdict(members, receipt, has)
  return logVerdict(members, arrivals, receipt.at, has)
}

type Has = (member: Member) => boolean

/** One worker gets it; it waits for whoever is there as long as nobody has it. */
function queueVerdict(members: Member[], arrivals: EventOf<'delivered'>[], sentAt: number, has: Has) {
  const got = members.filter(has)
  if (got.length === 0) return { kind: 'stored', of: members.length }
  const passed = arrivals[0]?.at ?? sentAt
  const due = members.filter(
    ({ name, joined }) => joined <= passed || arrivals.some(({ consumer }) => consumer === name),
  )
  const shape = due.length === 1 ? 'single' : got.length === 1 ? 'queue' : 'mixed'
  return { kind: 'got', got: got.length, of: due.length, shape, fates: [] }
}

/** Each subscriber that had joined is due a copy, and only one that is there all the time until then gets it. */
function fanoutVerdict(members: Member[], receipt: RoomEvent, has: Has) {
  const due = members.filter(({ joined }) => joined <= receipt.at)
  const of = due.length
  if (receipt.kind === 'unheard') return { kind: 'unheard', of }
  const without = due.filter((member) => !has(member))
  const isMissed = (member: Member): boolean =>
    !isHere(stateAt(member, receipt.at)) ||
    member.states.some(({ at, state }) => at > receipt.at && !isHere(state))
  const fateOf = (member: Member): string => {
    if (isMissed(member)) return 'missed'
    return member.states.at(-1)?.state === 'paused' ? 'paused' : 'coming'
  }
  const fates = ['missed', 'paused', 'coming'].flatMap((fate) => {
    const who = without.filter((member) => fateOf(member) === fate).map(({ name }) => name)
    return who.length === 0 ? [] : [{ fate, who }]
  })
  const got = due.length - without.length
  if (got > 0) {
    const shape = of === 1 ? 'single' : got === of ? 'fanout' : 'mixed'
    return { kind: 'got', got, of, shape, fates }
  }
  if (due.every((member) => !isHere(stateAt(member, receipt.at)))) return { kind: 'elsewhere', of }
  return fates.every(({ fate }) => fate === 'coming') ? { kind: 'waiting' } : { kind: 'nobody', of, fates }
}

/** Each group is due a copy, for which it waits however long its readers are away. */
function logVerdict(members: Member[], arrivals: EventOf<'delivered'>[], sentAt: number, has: Has) {
  const passed = arrivals[0]?.at ?? sentAt
  const due = members.filter(
    ({ name, joined }) => joined <= passed || arrivals.some(({ consumer }) => consumer === name),
  )
  const got = due.filter(has)
  if (got.length === 0) return { kind: 'stored', of: due.length }
  const groups = [...new Set(due.map(({ group }) => group))]
  const lacking = groups.filter((group) => !got.some((member) => member.group === group))
  const order = ['away', 'paused', 'coming']
  const fateOf = (group: string | undefined): string => {
    const fates = due
      .filter((member) => member.group === group)
      .map(({ states }) => states.at(-1)?.state)
      .map((state) => (state === 'attached' ? 'coming' : state === 'paused' ? 'paused' : 'away'))
    return order.findLast((fate) => fates.includes(fate as 'away')) ?? 'coming'
  }
  const nameOf = (group: string | undefined): string | undefined => {
    const inGroup = due.filter((member) => member.group === group)
    return inGroup.length === 1 ? inGroup[0]?.name : group
  }
  const fates = order.flatMap((fate) => {
    const who = lacking.filter((group) => fateOf(group) === fate).map(nameOf)
    return who.length === 0 ? [] : [{ fate, who }]
  })
  return {
    kind: 'got',
    got: got.length,
    of: due.length,
    shape: 'log',
    groups: { got: groups.length - lacking.length, of: groups.length },
    fates,
  }
}
