import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'

/** What the books should say, asked of all events again for every question: slow, and written apart from the ledger. */
type Of = Extract<RoomEvent, { system: string; messageId: string }>

const lifeEvents = (events: readonly RoomEvent[], system: string, id: string): Of[] =>
  events.filter(
    (event): event is Of => 'messageId' in event && event.messageId === id && event.system === system,
  )

const idsOn = (events: readonly RoomEvent[], system: string): string[] => [
  ...new Set(
    events.flatMap((event) => ('messageId' in event && event.system === system ? [event.messageId] : [])),
  ),
]

const isLiveState = (state: string | undefined) => state === 'attached' || state === 'paused'

/** Which of the system's consumers were there once the events up to `index` had been emitted. */
function thoseThere(events: readonly RoomEvent[], system: string, index: number): string[] {
  const states = new Map<string, string>()
  for (const event of events.slice(0, index + 1)) {
    if (event.kind === 'consumer' && event.system === system) states.set(event.consumer, event.now.state)
  }
  return [...states].filter(([, state]) => isLiveState(state)).map(([name]) => name)
}

/** What first decided the fate of a message that was published and has not been seen. */
function fateOf(events: readonly RoomEvent[], system: string, from: number, lossy: boolean): string {
  // Those who were there when it was written, as long as they stay: whoever comes back, or later, is due it no more.
  let due = thoseThere(events, system, from)
  for (let index = from; index < events.length; index += 1) {
    const event = events[index]
    if (!event) break
    const here = 'system' in event && event.system === system
    const there = thoseThere(events, system, index)
    due = due.filter((name) => there.includes(name))
    if (lossy && due.length === 0) return 'unknown'
    if (event.kind === 'gap' && event.system === undefined) return 'unknown'
    if (lossy || !here) continue
    if (event.kind === 'gap' && event.reason === 'broker-restarted') return 'lost'
    const empty = event.kind === 'facts' && event.facts.mode === 'queue' && event.facts.ready === 0
    if (empty) return 'unknown'
  }
  return 'waiting'
}

function bucketOf(events: readonly RoomEvent[], system: string, id: string, lossy: boolean): string | null {
  const life = lifeEvents(events, system, id)
  if (life.some(({ kind }) => kind === 'delivered')) return 'seen'
  const receipt = life.find(({ kind }) =>
    ['published', 'refused', 'returned', 'unheard', 'uncertain'].includes(kind),
  )
  if (!receipt) return null
  if (receipt.kind === 'unheard') return 'lost'
  if (receipt.kind === 'uncertain') return 'unknown'
  if (receipt.kind !== 'published') return 'refused'
  return fateOf(events, system, events.indexOf(receipt), lossy)
}

const audienceOf = (event: EventOf<'delivered'>) =>
  event.address.kind === 'queue' ? '' : (event.group ?? event.consumer)

export function recountLaneTally(events: readonly RoomEvent[], system: string, lossy: boolean) {
  const books = { seen: 0, waiting: 0, lost: 0, moved: 0, unknown: 0, refused: 0, outside: 0 }
  let duplicates = 0
  let unreadable = 0
  for (const id of idsOn(events, system)) {
    const bucket = bucketOf(events, system, id, lossy) as keyof typeof books | null
    if (bucket) books[bucket] += 1
    const arrivals = lifeEvents(events, system, id).filter((event) => event.kind === 'delivered')
    unreadable += arrivals.find((event) => event.unreadable)?.unreadable?.records ?? 0
    duplicates += arrivals.length - new Set(arrivals.map(audienceOf)).size
  }
  const { seen, waiting, lost, moved, unknown } = books
  return { ...books, sent: seen + waiting + lost + moved + unknown, duplicates, unreadable }
}

const numberOf = (id: string) => Number(id.slice('message-'.length))
const partitionOf = ({ address }: EventOf<'delivered'>) => (address.kind === 'offset' ? address.partition : 0)

export function recountPaneTally(events: readonly RoomEvent[], system: string, consumer: string) {
  const here = events.filter(
    (event): event is EventOf<'delivered'> =>
      event.kind === 'delivered' && event.system === system && event.consumer === consumer,
  )
  const firsts = here.filter(
    (event, index) => here.findIndex(({ messageId }) => messageId === event.messageId) === index,
  )
  const late = firsts.filter((event, index) =>
    firsts
      .slice(0, index)
      .some(
        (before) =>
          partitionOf(before) === partitionOf(event) &&
          numberOf(before.messageId) > numberOf(event.messageId),
      ),
  )
  return { unique: firsts.length, duplicates: here.length - firsts.length, late: late.length, unknown: 0 }
}

/** What passed and never came to this consumer: all of it while it is away, else what had passed at its last return. */
export function recountMissed(events: readonly RoomEvent[], system: string, consumer: string): number {
  const mine = events.flatMap((event, index) =>
    event.kind === 'consumer' && event.system === system && event.consumer === consumer
      ? [{ index, live: isLiveState(event.now.state) }]
      : [],
  )
  const joined = mine[0]?.index ?? events.length
  const returns = mine.filter(({ live }, place) => place > 0 && live && mine[place - 1]?.live === false)
  const until = mine.at(-1)?.live ? (returns.at(-1)?.index ?? -1) : events.length
  return idsOn(events, system).filter((id) => {
    const life = lifeEvents(events, system, id)
    const passed = life.find(({ kind }) => ['published', 'unheard', 'delivered'].includes(kind))
    if (!passed) return false
    const at = events.indexOf(passed)
    const had = life.some((event) => event.kind === 'delivered' && event.consumer === consumer)
    return at > joined && at < until && !had
  }).length
}
