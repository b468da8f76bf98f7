import type { Facts } from '#lib/protocol/facts.ts'
import { now } from '#lib/util/clock.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { driverUp, isBrokerDown, type RoomContext, wordsOf } from './context.ts'
import type { DestinationLife } from './destination-life.ts'

/** Reads facts back from the brokers while the room is awake, and tells those that have changed. */
export interface FactsPoll {
  start(): void
  stop(): void
  /** The destination's broker went away: the next reading is told even when nothing has changed. */
  forget(destinationId: string): void
}

export const FACTS_EVERY_MS = 500

interface Reading {
  running: boolean
  last: string
  lastFault: string
}

export function createFactsPoll(ctx: RoomContext, destinations: () => DestinationLife[]): FactsPoll {
  const readings = new Map<string, Reading>()
  let timer: NodeJS.Timeout | undefined

  function readingOf(id: string): Reading {
    let reading = readings.get(id)
    if (reading === undefined) {
      reading = { running: false, last: '', lastFault: '' }
      readings.set(id, reading)
    }
    return reading
  }

  async function read(destination: DestinationLife): Promise<void> {
    const { id, system, name, state } = destination.now
    const driver = driverUp(ctx.slots, system)
    const reading = readingOf(id)
    if (driver === undefined || state !== 'declared' || reading.running) return
    reading.running = true
    try {
      // What the broker says is true of some moment after the question: whoever counts with it must not take it for later.
      const asked = now()
      const facts = await driver.facts(destination.spec.address)
      if (timer !== undefined) tell(destination, reading, facts, asked)
      reading.lastFault = ''
    } catch (error) {
      const text = wordsOf(error)
      if (isBrokerDown(error) || text === reading.lastFault) return
      reading.lastFault = text
      ctx.fault({ system, destination: name, code: 'facts-failed', text })
    } finally {
      reading.running = false
    }
  }

  function tell(destination: DestinationLife, reading: Reading, read: Facts, at: number): void {
    const facts = bare(read)
    const text = JSON.stringify(facts)
    if (text === reading.last) return
    reading.last = text
    const { system, name } = destination.now
    ctx.stream.emit({ kind: 'facts', at, evidence: 'broker', system, destination: name, facts })
  }

  /** By the names the room knows things by. */
  function bare(facts: Facts): Facts {
    const name = ctx.naming.bare
    switch (facts.mode) {
      case 'queue': {
        const { deadLetters } = facts
        return deadLetters === null
          ? facts
          : { ...facts, deadLetters: { ...deadLetters, queue: name(deadLetters.queue) } }
      }
      case 'fanout':
        return {
          ...facts,
          bindings: facts.bindings.map((one) => ({ ...one, to: name(one.to) })),
          unrouted: facts.unrouted && { ...facts.unrouted, queue: name(facts.unrouted.queue) },
        }
      case 'log':
        return { ...facts, groups: facts.groups.map((one) => ({ ...one, group: name(one.group) })) }
      default:
        return unreachable(facts)
    }
  }

  function readAll(): void {
    const present = destinations()
    for (const destination of present) void read(destination)
    if (readings.size > present.length) dropAbsent(new Set(present.map(({ now }) => now.id)))
  }

  function dropAbsent(present: Set<string>): void {
    for (const id of readings.keys()) if (!present.has(id)) readings.delete(id)
  }

  return {
    start: () => {
      timer ??= setInterval(readAll, FACTS_EVERY_MS)
    },
    stop: () => {
      clearInterval(timer)
      timer = undefined
      for (const reading of readings.values()) reading.last = ''
    },
    forget: (destinationId) => {
      readingOf(destinationId).last = ''
    },
  }
}
