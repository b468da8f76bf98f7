import { WAKE_WAIT_MS } from '#lib/protocol/limits.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { ConsumerLife } from './consumer-life.ts'
import { driverUp, type RoomContext } from './context.ts'
import type { DestinationLife } from './destination-life.ts'

/** Keeps a room's destinations declared and its consumers attached, system by system. */
export interface Topology {
  /** Names the time since the system's broker was last seen coming up. */
  session(system: SystemId): number
  /** The broker has come up, or another driver has come: what was declared counts no more. */
  renew(system: SystemId): void
  /** Declares and attaches what should be. Never rejects. */
  sync(system: SystemId): Promise<void>
  /** Resolves once all syncs begun for the system have ended. */
  settled(system: SystemId): Promise<void>
  /** What a publish waits for, `WAKE_WAIT_MS` after a sync began at most; null when nothing is under way. */
  gate(system: SystemId): Promise<void> | null
  close(): void
}

export interface TopologyParts {
  destinations(system: SystemId): DestinationLife[]
  consumers(destinationId: string): ConsumerLife[]
}

interface Progress {
  session: number
  settled: Promise<void>
  gate: Promise<void> | null
}

export function createTopology(ctx: RoomContext, parts: TopologyParts): Topology {
  const progress = new Map<SystemId, Progress>()
  /** Opens each gate that is closed now. */
  const gates = new Set<() => void>()

  function of(system: SystemId): Progress {
    let found = progress.get(system)
    if (found === undefined) {
      found = { session: 1, settled: Promise.resolve(), gate: null }
      progress.set(system, found)
    }
    return found
  }

  async function bring(destination: DestinationLife, system: SystemId): Promise<void> {
    const driver = driverUp(ctx.slots, system)
    if (driver !== undefined) await destination.ensure(driver, of(system).session)
    const consumers = parts.consumers(destination.now.id)
    if (driver !== undefined && destination.now.state === 'refused') {
      for (const consumer of consumers) consumer.wait(destination.now.note ?? 'refused')
    } else await Promise.all(consumers.map((consumer) => consumer.ensure()))
  }

  function sync(system: SystemId): Promise<void> {
    const state = of(system)
    const run = Promise.all(parts.destinations(system).map((destination) => bring(destination, system))).then(
      nothing,
    )
    state.settled = Promise.all([state.settled, run]).then(nothing)
    // A publish has nothing to wait for while the broker is away.
    if (driverUp(ctx.slots, system) !== undefined) state.gate ??= gateFor(state)
    return run
  }

  function gateFor(state: Progress): Promise<void> {
    const gate = new Promise<void>((resolve) => {
      const open = () => {
        clearTimeout(timer)
        gates.delete(open)
        if (state.gate === gate) state.gate = null
        resolve()
      }
      const timer = setTimeout(open, WAKE_WAIT_MS)
      gates.add(open)
      void state.settled.then(open)
    })
    return gate
  }

  return {
    session: (system) => of(system).session,
    renew: (system) => {
      of(system).session += 1
    },
    sync,
    settled: (system) => of(system).settled,
    gate: (system) => of(system).gate,
    close: () => {
      for (const open of gates) open()
    },
  }
}

const nothing = () => undefined
