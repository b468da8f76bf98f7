import { WAKE_WAIT_MS } from '#lib/protocol/limits.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { driverUp } from './lookup.ts'
import type { RoomConsumer } from './room-consumer.ts'
import type { RoomContext } from './room-context.ts'
import type { RoomDestination } from './room-destination.ts'

export interface TopologyOptions {
  destinations(system: SystemId): RoomDestination[]
  consumers(destination: RoomDestination): RoomConsumer[]
}

interface SystemProgress {
  /** How often the broker was seen coming up. A broker that comes up again may have lost what was declared before. */
  incarnation: number
  /** Resolves once all syncs begun so far have ended. */
  settled: Promise<void>
  gate: Promise<void> | null
}

/** Keeps a room's destinations declared and its consumers attached, system by system. */
export class Topology {
  private readonly ctx: RoomContext
  private readonly options: TopologyOptions
  private readonly progress = new Map<SystemId, SystemProgress>()
  /** Opens each gate that is closed now. */
  private readonly gateOpeners = new Set<() => void>()

  constructor(ctx: RoomContext, options: TopologyOptions) {
    this.ctx = ctx
    this.options = options
  }

  /** Which incarnation of its broker the system is at: the number of times at which it was seen coming up. */
  incarnation(system: SystemId): number {
    return this.of(system).incarnation
  }

  /** The broker has come up: what was declared before must be declared again. */
  startIncarnation(system: SystemId): void {
    this.of(system).incarnation += 1
  }

  /** Declares and attaches what should be. Never rejects. */
  async sync(system: SystemId): Promise<void> {
    const state = this.of(system)
    const run = Promise.all(this.options.destinations(system).map((one) => this.bringUp(one, system)))
    state.settled = Promise.all([state.settled, run]).then(noop)
    // While the broker is away, a publish has nothing to wait for.
    if (driverUp(this.ctx.slots, system) !== undefined) state.gate ??= this.closeGate(state)
    await run
  }

  /** Resolves once all syncs begun for the system have ended. */
  settled(system: SystemId): Promise<void> {
    return this.of(system).settled
  }

  /** What a publish waits for: the end of the current sync, at most `WAKE_WAIT_MS` from its beginning. Null: nothing. */
  gate(system: SystemId): Promise<void> | null {
    return this.of(system).gate
  }

  close(): void {
    for (const open of this.gateOpeners) open()
  }

  private of(system: SystemId): SystemProgress {
    let found = this.progress.get(system)
    if (found === undefined) {
      found = { incarnation: 1, settled: Promise.resolve(), gate: null }
      this.progress.set(system, found)
    }
    return found
  }

  private async bringUp(destination: RoomDestination, system: SystemId): Promise<void> {
    const driver = driverUp(this.ctx.slots, system)
    if (driver !== undefined) await destination.ensureDeclared(driver, this.incarnation(system))
    const consumers = this.options.consumers(destination)
    const { state, note } = destination.now
    if (driver !== undefined && (state === 'refused' || state === 'gone')) {
      for (const consumer of consumers) consumer.showWaiting(note ?? state)
    } else await Promise.all(consumers.map((consumer) => consumer.ensureAttached()))
  }

  private closeGate(state: SystemProgress): Promise<void> {
    const gate = new Promise<void>((resolve) => {
      const open = () => {
        clearTimeout(timer)
        this.gateOpeners.delete(open)
        if (state.gate === gate) state.gate = null
        resolve()
      }
      const timer = setTimeout(open, WAKE_WAIT_MS)
      this.gateOpeners.add(open)
      void state.settled.then(open)
    })
    return gate
  }
}

const noop = () => undefined
