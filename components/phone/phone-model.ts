import { partPlayedBy } from '#lib/lessons/parts.ts'
import type { SettleVerb } from '#lib/protocol/command-schemas.ts'
import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import { countPhones } from '#lib/protocol/phones.ts'
import type { Consumer, Destination, Person, RoomSnapshot } from '#lib/protocol/room.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import type { Vote } from '#lib/protocol/vote.ts'

/** So many messages' contents are remembered: only a message's first event carries its text, and a job may come again long after. */
const KNOWN_MAX = 500

export interface Content {
  number: number
  text: string
  sender: string | null
}

/** One message that reached this person's consumer. */
export interface Arrival {
  messageId: string
  delivery: number
  partition: number | null
  redelivered: boolean
  /** By this device's clock. */
  at: number
  /** `unacked`: it waits for the person's answer. `lost`: the connection ended first. `got`: nothing has to be answered. */
  state: 'got' | 'unacked' | 'lost' | SettleVerb
}

export interface Member {
  consumer: string
  partitions: number[]
}

const SETTLED_AS = { acknowledged: 'ack', requeued: 'requeue', rejected: 'reject' } as const

/**
 * What one phone knows of its room: the person's seat, what reached it, and the few figures around it. Pure: snapshots and
 * events in. It is much less than a ledger, so that a hall of phones costs little to load.
 */
export class PhoneModel {
  readonly me: string
  epoch: string | null = null
  seq = 0
  /** Rises with every change. */
  version = 0
  readonly destinations = new Map<string, Destination>()
  readonly brokers = new Map<string, BrokerStatus>()
  vote: Vote | null = null
  /** The person's own consumer, or the one whose part they have in the lesson. */
  seat: Consumer | null = null
  lesson: RoomLesson | null = null
  choosesSeat = false
  /** Somebody took the seat away. */
  lostSeat = false
  /** What reached the seat's consumer and is not answered, the oldest first. */
  unacked: Arrival[] = []
  last: Arrival | null = null
  got = 0
  acked = 0
  /** The newest message of the seat's destination, and who else has it. */
  newest: { messageId: string; at: string[] } | null = null
  private people: readonly Person[] = []
  private readonly consumers = new Map<string, Consumer>()
  private readonly known = new Map<string, Content>()
  private readonly facts = new Map<string, Facts>()
  private readonly assignments = new Map<string, EventOf<'assignment'>>()

  constructor(me: string) {
    this.me = me
  }

  /** The room as it is now. What is known from before is kept, unless the server was started again since. */
  begin(snapshot: RoomSnapshot): void {
    if (snapshot.epoch !== this.epoch) this.forget()
    this.epoch = snapshot.epoch
    this.seq = snapshot.seq
    this.consumers.clear()
    for (const consumer of snapshot.consumers) this.consumers.set(consumer.id, consumer)
    this.destinations.clear()
    for (const destination of snapshot.destinations) this.destinations.set(destination.id, destination)
    for (const status of snapshot.brokers) this.brokers.set(status.system, status)
    this.vote = snapshot.vote ?? null
    this.people = snapshot.people
    this.choosesSeat = snapshot.seats?.choice ?? false
    this.lesson = snapshot.lesson ?? null
    this.findSeat()
    this.version += 1
  }

  /** An event that came after the snapshot. */
  apply(event: RoomEvent): void {
    if (event.epoch !== this.epoch || event.seq <= this.seq) return
    this.seq = event.seq
    this.version += 1
    switch (event.kind) {
      case 'consumer':
        this.applyConsumer(event.now)
        return
      case 'destination':
        this.applyDestination(event)
        return
      case 'broker':
        this.brokers.set(event.system, event.now)
        return
      case 'vote':
        this.vote = event.now
        return
      case 'people':
        this.people = event.people
        return
      case 'lesson':
        this.lesson = event.now
        this.findSeat()
        return
      default:
        this.applyPast(event)
    }
  }

  /**
   * An event from before the snapshot. Its effect on the room's state is in the snapshot already; what reached this seat and
   * what the brokers said of their destinations is not.
   */
  applyPast(event: RoomEvent): void {
    this.learn(event)
    switch (event.kind) {
      case 'delivered':
        this.arrived(event)
        return
      case 'acknowledged':
      case 'requeued':
      case 'rejected':
        this.settled(event)
        return
      case 'consumer':
        if (event.now.id === this.seat?.id) this.loseUnacked(event.now)
        return
      case 'assignment':
        this.assignments.set(event.group, event)
        return
      case 'facts':
        this.facts.set(`${event.system}:${event.destination}`, event.facts)
        return
      default:
        return
    }
  }

  /** The id of the consumer that this person plays; null where they have a seat of their own, or may take one. */
  get part(): string | null {
    const { parts, run } = this.lesson ?? {}
    return parts === undefined || run === undefined ? null : partPlayedBy(parts, run, this.me)
  }

  contentOf(messageId: string): Content | null {
    return this.known.get(messageId) ?? null
  }

  get destination(): Destination | null {
    return (this.seat && this.destinations.get(`${this.seat.system}:${this.seat.destination}`)) ?? null
  }

  get seatFacts(): Facts | null {
    return (this.seat && this.facts.get(`${this.seat.system}:${this.seat.destination}`)) ?? null
  }

  /** How many people are here with a phone, this one included: whoever plays a part has no seat, and votes as well. */
  get phones(): number {
    return countPhones(this.people, this.consumers.values())
  }

  /** The consumers of the seat's destination, itself included. */
  get neighbours(): Consumer[] {
    const { seat } = this
    if (seat === null) return []
    return [...this.consumers.values()].filter(
      ({ system, destination }) => system === seat.system && destination === seat.destination,
    )
  }

  /** The seat's group as the broker shares its partitions out; null where it is not known, or there is no group. */
  get assignment(): (Pick<EventOf<'assignment'>, 'phase'> & { members: Member[] }) | null {
    const group = this.seat?.group
    return group === undefined ? null : (this.assignments.get(group) ?? this.assignmentInFacts(group))
  }

  private assignmentInFacts(group: string): { phase: 'stable'; members: Member[] } | null {
    const facts = this.seatFacts
    const found = facts?.mode === 'log' ? facts.groups.find((one) => one.group === group) : undefined
    if (found === undefined) return null
    const members = found.members.flatMap(({ consumer, partitions }) =>
      consumer === null ? [] : [{ consumer, partitions }],
    )
    return { phase: 'stable', members }
  }

  private forget(): void {
    // A server that was started again has taken no seat away: the phone asks for its own.
    this.seat = null
    this.unacked = []
    this.last = null
    this.newest = null
    this.known.clear()
    this.facts.clear()
    this.assignments.clear()
  }

  private findSeat(): void {
    const { part } = this
    // A part is over when its lesson is: that is not a seat taken away.
    if (part === null && this.seat?.owner === undefined) this.seat = null
    this.setSeat(part === null ? this.ownSeat() : (this.consumers.get(part) ?? notThere(part)))
  }

  private ownSeat(): Consumer | null {
    for (const consumer of this.consumers.values()) if (consumer.owner?.id === this.me) return consumer
    return null
  }

  private setSeat(seat: Consumer | null): void {
    if (seat?.id !== this.seat?.id) {
      this.unacked = []
      this.last = null
      this.newest = null
    }
    this.lostSeat = seat === null && this.seat !== null
    this.seat = seat
    if (seat !== null) this.loseUnacked(seat)
  }

  private applyConsumer(now: Consumer): void {
    if (now.removed) this.consumers.delete(now.id)
    else this.consumers.set(now.id, now)
    if (this.part !== null) {
      if (now.id === this.part) this.findSeat()
    } else if (now.owner?.id === this.me && !now.removed) this.setSeat(now)
    else if (now.id === this.seat?.id) this.setSeat(null)
  }

  private applyDestination({ system, destination, now }: EventOf<'destination'>): void {
    if (now === null) this.destinations.delete(`${system}:${destination}`)
    else this.destinations.set(now.id, now)
  }

  private learn(event: RoomEvent): void {
    if (!('messageId' in event) || event.text === undefined || event.number === undefined) return
    this.known.set(event.messageId, { number: event.number, text: event.text, sender: event.sender ?? null })
    for (const oldest of this.known.keys()) {
      if (this.known.size <= KNOWN_MAX) break
      this.known.delete(oldest)
    }
  }

  private arrived(event: EventOf<'delivered'>): void {
    const { seat } = this
    if (seat === null || event.system !== seat.system || event.destination !== seat.destination) return
    const { messageId, consumer } = event
    if (this.newest?.messageId !== messageId) this.newest = { messageId, at: [] }
    this.newest.at.push(consumer)
    if (consumer !== seat.name) return
    const isUnacked = event.inHand === true
    const partition = event.address.kind === 'offset' ? event.address.partition : null
    const { delivery, redelivered } = event
    this.got += 1
    const state = isUnacked ? 'unacked' : 'got'
    this.last = { messageId, delivery, partition, redelivered, at: Date.now(), state }
    if (isUnacked) this.unacked = [...this.unacked, this.last]
  }

  private settled(event: EventOf<keyof typeof SETTLED_AS>): void {
    const { seat } = this
    if (seat === null || event.consumer !== seat.name || event.system !== seat.system) return
    if (event.destination !== seat.destination) return
    const found = this.unacked.find(({ delivery }) => delivery === event.delivery)
    if (found === undefined) return
    found.state = SETTLED_AS[event.kind]
    if (event.kind === 'acknowledged') this.acked += 1
    this.unacked = this.unacked.filter((one) => one !== found)
  }

  /** A consumer that is not attached has lost its unacked deliveries: nobody can answer them any more. */
  private loseUnacked({ state }: Consumer): void {
    if (state === 'attached' || state === 'paused') return
    for (const one of this.unacked) one.state = 'lost'
    this.unacked = []
  }
}

/** A part that the lesson has not brought yet, or has taken away, by its consumer's id. */
function notThere(id: string): Consumer {
  const [system = '', destination = '', name = ''] = id.split(':')
  return { id, system, destination, name, settings: {}, state: 'detached' }
}
