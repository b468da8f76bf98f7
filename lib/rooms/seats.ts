import { AppError } from '#lib/protocol/errors.ts'
import { CONSUMERS_MAX_PER_DESTINATION, SEAT_AWAY_MAX_MS } from '#lib/protocol/limits.ts'
import type { SeatRules } from '#lib/protocol/room.ts'
import type { TakeSeat } from '#lib/protocol/seat-commands.ts'
import type { Consumers } from './consumers.ts'
import type { HeldSeat, SeatOwner } from './contract.ts'
import type { Destinations } from './destinations.ts'
import { driverUp } from './lookup.ts'
import type { RoomConsumer } from './room-consumer.ts'
import type { RoomContext } from './room-context.ts'
import type { RoomDestination } from './room-destination.ts'

interface Seat {
  owner: SeatOwner
  consumer: RoomConsumer
  /** The person's sockets that took it and are still here. */
  holders: number
  /** Gives it up, unless its owner comes back before. */
  away?: NodeJS.Timeout
  /** By the monotonic clock. */
  awaySince?: number
}

interface SeatsOptions {
  destinations: Pick<Destinations, 'list' | 'findOn' | 'known'>
  consumers: Pick<Consumers, 'of' | 'has' | 'addAttaching' | 'remove'>
  /** How long a seat stays its owner's who is away, milliseconds. */
  awayMaxMs?: number
}

/** Where a seat is, by names. */
interface Place {
  destination: RoomDestination
  name: string
  group?: string
}

/**
 * The seats of a room: who has which consumer. They are dealt evenly, one for each person, each with a connection of its own.
 * When the last of a person's sockets that hold a seat is lost, its connection ends without a goodbye; the seat is kept.
 */
export class Seats {
  private readonly ctx: RoomContext
  private readonly options: SeatsOptions
  private readonly byPerson = new Map<string, Seat>()
  /** The highest number in a name so far, by destination: the next seat gets the next one, whoever has left. */
  private readonly numbers = new Map<RoomDestination, number>()
  private current: SeatRules = { choice: false }
  /** False while people have parts in a lesson instead: nobody is dealt a seat. */
  dealing = true
  private closed = false

  constructor(ctx: RoomContext, options: SeatsOptions) {
    this.ctx = ctx
    this.options = options
  }

  get rules(): SeatRules {
    return this.current
  }

  setRules(rules: SeatRules): void {
    this.current = rules
  }

  /** See `Room.takeSeat`. Throws `wrong-state` while nothing is dealt. The room's destinations are declared by then, as far as they can be. */
  async take(owner: SeatOwner, asked: TakeSeat): Promise<HeldSeat> {
    const seat = await this.seatOrFreedOne(owner, asked)
    const held = this.holdOf(seat)
    // The seat may have been away, or its consumer lost: each of the two calls does nothing where it is not needed.
    await seat.consumer.comeBack()
    await seat.consumer.ensureAttached()
    return { ...held, consumer: seat.consumer.now }
  }

  /** Its consumer leaves politely, and the seat is free. Does nothing without a seat. */
  async leave(personId: string): Promise<void> {
    const seat = this.of(personId)
    if (seat !== undefined) await this.giveUp(seat)
  }

  /** The person's consumer. Throws `wrong-state` without a seat. */
  consumerOf(personId: string): RoomConsumer {
    const seat = this.of(personId)
    if (seat === undefined) throw new AppError('wrong-state', 'take a seat first')
    return seat.consumer
  }

  rename(owner: SeatOwner): void {
    const seat = this.of(owner.id)
    if (seat === undefined || seat.owner.name === owner.name) return
    seat.owner = { id: owner.id, name: owner.name }
    seat.consumer.setOwner(seat.owner)
  }

  /**
   * Destinations went, and seats with them: who is here is dealt another, in the same place where that came back. Resolves once
   * they are attached. Who is away comes back to a new one.
   */
  async dealAgain(): Promise<void> {
    for (const destination of this.numbers.keys()) if (destination.isLeaving) this.numbers.delete(destination)
    const lost = [...this.byPerson.values()].filter(({ consumer }) => !this.options.consumers.has(consumer))
    await Promise.all(lost.map((seat) => this.dealOneAgain(seat)))
  }

  /** Idempotent. */
  close(): void {
    this.closed = true
    for (const { away } of this.byPerson.values()) clearTimeout(away)
  }

  /** The person's seat, known or new, held by one socket more. Synchronous, so that nobody can free the seat in between. */
  private seatFor(owner: SeatOwner, asked: TakeSeat): Seat {
    const known = this.of(owner.id)
    if (known !== undefined) {
      this.rename(owner)
      known.holders += 1
      clearTimeout(known.away)
      return known
    }
    if (!this.dealing) throw new AppError('wrong-state', 'people play the parts of the lesson')
    const { id, name } = owner
    const seat = { owner: { id, name }, consumer: this.enter(owner, this.placeFor(asked)), holders: 1 }
    this.byPerson.set(id, seat)
    return seat
  }

  /** Where all are taken, whoever has been away for longest gives way: a crowd that comes and goes keeps nobody out. */
  private async seatOrFreedOne(owner: SeatOwner, asked: TakeSeat): Promise<Seat> {
    try {
      return this.seatFor(owner, asked)
    } catch (error) {
      const isFull = error instanceof AppError && error.code === 'too-many'
      const freed = isFull ? this.longestAway() : undefined
      if (freed === undefined) throw error
      await this.giveUp(freed)
      return this.seatFor(owner, asked)
    }
  }

  private longestAway(): Seat | undefined {
    const away = [...this.byPerson.values()].filter(({ holders }) => holders === 0)
    return away.sort((a, b) => (a.awaySince ?? 0) - (b.awaySince ?? 0))[0]
  }

  /** Their seat; undefined, and forgotten, once somebody has removed its consumer. */
  private of(personId: string): Seat | undefined {
    const seat = this.byPerson.get(personId)
    if (seat === undefined || this.options.consumers.has(seat.consumer)) return seat
    clearTimeout(seat.away)
    this.byPerson.delete(personId)
    return undefined
  }

  /** What a socket that holds the seat is given, to release it once. `seatFor` has counted it. */
  private holdOf(seat: Seat): Pick<HeldSeat, 'release'> {
    let holds = true
    return {
      release: (how) => {
        if (!holds) return
        holds = false
        seat.holders -= 1
        if (seat.holders > 0 || this.byPerson.get(seat.owner.id) !== seat || this.closed) return
        if (how === 'left') void this.giveUp(seat)
        else this.goAway(seat)
      },
    }
  }

  /** Its consumer crashes with its person's connection; the seat stays theirs for `awayMaxMs`. */
  private goAway(seat: Seat): void {
    void seat.consumer.goAway()
    clearTimeout(seat.away)
    seat.awaySince = performance.now()
    seat.away = setTimeout(() => void this.giveUp(seat), this.options.awayMaxMs ?? SEAT_AWAY_MAX_MS).unref()
  }

  private async giveUp(seat: Seat): Promise<void> {
    clearTimeout(seat.away)
    const { id } = seat.owner
    if (this.byPerson.get(id) === seat) this.byPerson.delete(id)
    await this.options.consumers.remove(seat.consumer)
  }

  private async dealOneAgain(seat: Seat): Promise<void> {
    const { system, destination, name: consumer, group } = seat.consumer.now
    if (seat.holders === 0 || !this.dealing) return this.forget(seat)
    try {
      const had = { system, destination, consumer, ...(group === undefined ? {} : { group }) }
      seat.consumer = this.enter(seat.owner, this.placeFor({ had }))
      await seat.consumer.ensureAttached()
    } catch {
      // There is no place any more. The person sees that the seat is gone, and may ask for one again.
      this.forget(seat)
    }
  }

  private forget(seat: Seat): void {
    clearTimeout(seat.away)
    this.byPerson.delete(seat.owner.id)
  }

  private enter({ id, name: person }: SeatOwner, { destination, name, group }: Place): RoomConsumer {
    const settings = destination.mode.seat?.settings ?? {}
    const owner = { id, name: person }
    const inGroup = group === undefined ? {} : { group }
    return this.options.consumers.addAttaching(destination, { name, settings, owner, ...inGroup })
  }

  private placeFor({ system, destination: wanted, had }: TakeSeat): Place {
    if (system !== undefined) {
      if (!this.current.choice) {
        throw new AppError('not-capable', 'seats are dealt in this room', { detail: { power: 'choice' } })
      }
      const chosen = this.options.destinations.findOn(system, wanted)
      if (!this.hasRoom(chosen)) throw this.full()
      return this.placeOn(chosen)
    }
    return this.hadPlace(had) ?? this.placeOn(this.dealt())
  }

  private hadPlace(had: TakeSeat['had']): Place | undefined {
    if (had === undefined) return undefined
    const { system, destination: name, consumer, group } = had
    const destination = this.options.destinations.known({ system, name })
    if (destination === undefined || destination.isLeaving || !this.hasRoom(destination)) return undefined
    const { consumerNoun, can } = destination.mode
    const others = this.options.consumers.of(destination)
    if (!consumer.startsWith(`${consumerNoun}-`) || others.some(({ now }) => now.name === consumer))
      return undefined
    const known = can.groups && others.some(({ now }) => now.group === group)
    return { destination, name: consumer, ...(known && group !== undefined ? { group } : {}) }
  }

  private placeOn(destination: RoomDestination): Place {
    const others = this.options.consumers.of(destination)
    const group = destination.mode.can.groups ? smallestGroup(others) : undefined
    const name = this.nextName(destination, others)
    return { destination, name, ...(group === undefined ? {} : { group }) }
  }

  /** The destination with the fewest seats, of those that can have more; where all brokers are away, of all. */
  private dealt(): RoomDestination {
    const all = this.options.destinations.list().filter((one) => !one.isLeaving)
    if (all.length === 0) throw new AppError('destination-not-found', 'the room has nothing to sit at')
    const open = all.filter((one) => this.hasRoom(one))
    const working = open.filter(
      ({ now }) => now.state === 'declared' && driverUp(this.ctx.slots, now.system) !== undefined,
    )
    const [first, ...rest] = working.length > 0 ? working : open
    if (first === undefined) throw this.full()
    const seats = this.seatsByDestination()
    const count = (one: RoomDestination) => seats.get(one.now.id) ?? 0
    return rest.reduce((best, one) => (count(one) < count(best) ? one : best), first)
  }

  private hasRoom(destination: RoomDestination): boolean {
    const others = this.options.consumers.of(destination)
    if (others.length >= CONSUMERS_MAX_PER_DESTINATION) return false
    const { max } = destination.mode.seat ?? {}
    return max === undefined || others.filter(({ now }) => now.owner !== undefined).length < max
  }

  private full(): AppError {
    return new AppError('too-many', 'all seats there are taken', { detail: { limit: this.byPerson.size } })
  }

  private seatsByDestination(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { consumer } of this.byPerson.values()) {
      const id = `${consumer.now.system}:${consumer.now.destination}`
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    return counts
  }

  private nextName(destination: RoomDestination, others: RoomConsumer[]): string {
    const { consumerNoun } = destination.mode
    const numbers = others.map(({ now: { name } }) =>
      name.startsWith(`${consumerNoun}-`) ? Number(name.slice(consumerNoun.length + 1)) || 0 : 0,
    )
    const next = Math.max(0, this.numbers.get(destination) ?? 0, ...numbers) + 1
    this.numbers.set(destination, next)
    return `${consumerNoun}-${next}`
  }
}

/** The group with the fewest members, the first of several. */
function smallestGroup(consumers: RoomConsumer[]): string | undefined {
  const sizes = new Map<string, number>()
  for (const { now } of consumers) {
    if (now.group !== undefined) sizes.set(now.group, (sizes.get(now.group) ?? 0) + 1)
  }
  const [first, ...rest] = sizes
  return first && rest.reduce((best, one) => (one[1] < best[1] ? one : best), first)[0]
}
