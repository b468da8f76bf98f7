import type { Driver } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import { now } from '#lib/util/clock.ts'
import { withHiddenWritten } from '#lib/util/hidden-characters.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { BrokerNames } from './broker-names.ts'
import { driverUp } from './lookup.ts'
import { isBrokerDown, type RoomContext, reasonText } from './room-context.ts'
import type { RoomDestination } from './room-destination.ts'

export const FACTS_EVERY_MS = 500

/** Other programs seldom change what a destination is: it is read so often only. */
export const DESCRIBE_EVERY_MS = 5_000

/** A broker that has just started may not know for a moment what it has: only so many answers in a row count. */
const ANSWERS_UNTIL_GONE = 2

/** One that has just started may not answer everything yet, such as Kafka while a coordinator loads: the next time it does. */
const FAILURES_UNTIL_REPORTED = 2

interface Reading {
  running: boolean
  /** How many answers in a row said that there is no such destination. */
  missing: number
  /** How many readings in a row have failed. */
  failures: number
  /** The facts emitted last, as JSON; empty when the next ones are to be emitted in any case. */
  last: string
  lastFault: string
  /** When the destination was last described, by the process's clock. */
  describedAt: number
}

export interface FactsPollOptions {
  destinations(): RoomDestination[]
  /** A broker no longer has a destination that was declared. */
  onGone(destination: RoomDestination, reason: string): void
  /** A broker had a destination that is declared, when asked at `asked`. */
  onPresent(destination: RoomDestination, asked: number): void
  /** A broker has a destination again that was gone: another program made it. */
  onBack(destination: RoomDestination): void
}

/** Reads facts back from the brokers while the room is awake, and emits those that have changed. */
export class FactsPoll {
  private readonly ctx: RoomContext
  private readonly options: FactsPollOptions
  // Not by id: one that is made again under its name has been told nothing of yet.
  private readonly readings = new Map<RoomDestination, Reading>()
  private timer: NodeJS.Timeout | undefined

  constructor(ctx: RoomContext, options: FactsPollOptions) {
    this.ctx = ctx
    this.options = options
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
  forget(destination: RoomDestination): void {
    this.readingOf(destination).last = ''
  }

  private readAll(): void {
    const destinations = this.options.destinations()
    for (const destination of destinations) void this.read(destination)
    if (this.readings.size <= destinations.length) return
    const present = new Set(destinations)
    for (const destination of this.readings.keys()) {
      if (!present.has(destination)) this.readings.delete(destination)
    }
  }

  private async read(destination: RoomDestination): Promise<void> {
    const { system, name, state } = destination.now
    const driver = driverUp(this.ctx.slots, system)
    const reading = this.readingOf(destination)
    if (driver === undefined || reading.running || (state !== 'declared' && state !== 'gone')) return
    reading.running = true
    try {
      // The answer is true of some moment after the question, so the event carries the time of the question: whoever
      // combines it with other events must not take the facts for newer than they are.
      const asked = now()
      const facts = await driver.facts(destination.spec.address)
      if (!this.options.destinations().includes(destination)) return
      if (destination.now.state === 'gone') return this.options.onBack(destination)
      if (this.timer !== undefined) this.emitChanged(destination, reading, facts, asked)
      this.options.onPresent(destination, asked)
      reading.lastFault = ''
      reading.failures = 0
      reading.missing = 0
      await this.describe(destination, driver, reading)
    } catch (error) {
      if (isMissing(error)) return this.onMissing(destination, reading, reasonText(error))
      const text = reasonText(error)
      if (isBrokerDown(error)) return
      reading.failures += 1
      if (reading.failures < FAILURES_UNTIL_REPORTED || text === reading.lastFault) return
      reading.lastFault = text
      this.ctx.fault({ system, destination: name, code: 'facts-failed', text })
    } finally {
      reading.running = false
    }
  }

  private async describe(destination: RoomDestination, driver: Driver, reading: Reading): Promise<void> {
    if (performance.now() - reading.describedAt < DESCRIBE_EVERY_MS) return
    reading.describedAt = performance.now()
    // The next reading of its facts meets the same failure, and reports it.
    await destination.refresh(driver).catch(() => undefined)
  }

  private onMissing(destination: RoomDestination, reading: Reading, reason: string): void {
    reading.missing += 1
    if (reading.missing < ANSWERS_UNTIL_GONE) return
    reading.missing = 0
    reading.last = ''
    this.options.onGone(destination, reason)
  }

  private emitChanged(destination: RoomDestination, reading: Reading, read: Facts, at: number): void {
    const facts = withReadableNames(withBareNames(this.ctx.names, read))
    const text = JSON.stringify(facts)
    if (text === reading.last) return
    reading.last = text
    const { system, name } = destination.now
    this.ctx.stream.emit({ kind: 'facts', at, evidence: 'broker', system, destination: name, facts })
  }

  private readingOf(destination: RoomDestination): Reading {
    let reading = this.readings.get(destination)
    if (reading === undefined) {
      reading = {
        running: false,
        missing: 0,
        failures: 0,
        last: '',
        lastFault: '',
        describedAt: performance.now(),
      }
      this.readings.set(destination, reading)
    }
    return reading
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'destination-not-found'

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
