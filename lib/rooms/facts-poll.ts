import type { Facts } from '#lib/protocol/facts.ts'
import { now } from '#lib/util/clock.ts'
import { withHiddenWritten } from '#lib/util/hidden-characters.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { BrokerNames } from './broker-names.ts'
import { driverUp } from './lookup.ts'
import { isBrokerDown, type RoomContext, reasonText } from './room-context.ts'
import type { RoomDestination } from './room-destination.ts'

export const FACTS_EVERY_MS = 500

interface Reading {
  running: boolean
  /** The facts emitted last, as JSON; empty when the next ones are to be emitted in any case. */
  last: string
  lastFault: string
}

/** Reads facts back from the brokers while the room is awake, and emits those that have changed. */
export class FactsPoll {
  private readonly ctx: RoomContext
  private readonly destinations: () => RoomDestination[]
  private readonly readings = new Map<string, Reading>()
  private timer: NodeJS.Timeout | undefined

  constructor(ctx: RoomContext, destinations: () => RoomDestination[]) {
    this.ctx = ctx
    this.destinations = destinations
  }

  start(): void {
    this.timer ??= setInterval(() => this.readAll(), FACTS_EVERY_MS)
  }

  stop(): void {
    clearInterval(this.timer)
    this.timer = undefined
    for (const reading of this.readings.values()) reading.last = ''
  }

  /** The destination's broker went away: its next facts are emitted even if nothing has changed. */
  forget(destinationId: string): void {
    this.readingOf(destinationId).last = ''
  }

  private readAll(): void {
    const destinations = this.destinations()
    for (const destination of destinations) void this.read(destination)
    if (this.readings.size <= destinations.length) return
    const present = new Set(destinations.map((one) => one.now.id))
    for (const id of this.readings.keys()) if (!present.has(id)) this.readings.delete(id)
  }

  private async read(destination: RoomDestination): Promise<void> {
    const { id, system, name, state } = destination.now
    const driver = driverUp(this.ctx.slots, system)
    const reading = this.readingOf(id)
    if (driver === undefined || state !== 'declared' || reading.running) return
    reading.running = true
    try {
      // The answer is true of some moment after the question, so the event carries the time of the question: whoever
      // combines it with other events must not take the facts for newer than they are.
      const asked = now()
      const facts = await driver.facts(destination.spec.address)
      if (this.timer !== undefined) this.emitChanged(destination, reading, facts, asked)
      reading.lastFault = ''
    } catch (error) {
      const text = reasonText(error)
      if (isBrokerDown(error) || text === reading.lastFault) return
      reading.lastFault = text
      this.ctx.fault({ system, destination: name, code: 'facts-failed', text })
    } finally {
      reading.running = false
    }
  }

  private emitChanged(destination: RoomDestination, reading: Reading, read: Facts, at: number): void {
    const facts = withReadableNames(withBareNames(this.ctx.names, read))
    const text = JSON.stringify(facts)
    if (text === reading.last) return
    reading.last = text
    const { system, name } = destination.now
    this.ctx.stream.emit({ kind: 'facts', at, evidence: 'broker', system, destination: name, facts })
  }

  private readingOf(id: string): Reading {
    let reading = this.readings.get(id)
    if (reading === undefined) {
      reading = { running: false, last: '', lastFault: '' }
      this.readings.set(id, reading)
    }
    return reading
  }
}

/** What other programs call their groups, queues and clients may hold anything: no name on the screen hides another. */
function withReadableNames(facts: Facts): Facts {
  return mapTexts(facts) as Facts
}

function mapTexts(value: unknown): unknown {
  if (typeof value === 'string') return withHiddenWritten(value)
  if (Array.isArray(value)) return value.map(mapTexts)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, mapTexts(inner)]))
}

/** Facts by the names that the room uses. */
function withBareNames({ bare }: BrokerNames, facts: Facts): Facts {
  switch (facts.mode) {
    case 'queue': {
      const { deadLetters } = facts
      return deadLetters === null
        ? facts
        : { ...facts, deadLetters: { ...deadLetters, queue: bare(deadLetters.queue) } }
    }
    case 'fanout':
      return {
        ...facts,
        bindings: facts.bindings.map((one) => ({ ...one, to: bare(one.to) })),
        unrouted: facts.unrouted && { ...facts.unrouted, queue: bare(facts.unrouted.queue) },
      }
    case 'log':
      return { ...facts, groups: facts.groups.map((one) => ({ ...one, group: bare(one.group) })) }
    default:
      return unreachable(facts)
  }
}
