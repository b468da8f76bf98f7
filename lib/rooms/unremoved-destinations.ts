import type { DriverLog } from '#lib/brokers/contract.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { backoffMs } from '#lib/util/backoff.ts'
import type { BrokerSlots } from './contract.ts'
import type { DestinationLocks } from './destination-locks.ts'
import { driverUp } from './lookup.ts'

/** A destination that is in no room any more and may still be on its broker. */
export interface UnremovedDestination {
  system: SystemId
  address: string
}

/** Destinations whose brokers could not remove them: they are removed as soon as the broker does it. */
export interface UnremovedDestinations {
  add(room: string, destinations: readonly UnremovedDestination[]): void
  close(): void
}

export interface UnremovedOptions {
  slots: BrokerSlots
  log: DriverLog
  locks: DestinationLocks
}

/** Beyond this the oldest are left on the broker, and the log names them. */
const UNREMOVED_MAX = 1_000
/** The wait before a broker that is up is asked again: short at first, then longer and longer. */
const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 60_000

export const createUnremovedDestinations = (options: UnremovedOptions): UnremovedDestinations =>
  new Unremoved(options)

type Waiting = UnremovedDestination & { room: string }

class Unremoved implements UnremovedDestinations {
  readonly #options: UnremovedOptions
  readonly #waiting = new Set<Waiting>()
  readonly #retries = new Map<SystemId, NodeJS.Timeout>()
  readonly #unsubscribe: () => void
  #closed = false

  constructor(options: UnremovedOptions) {
    this.#options = options
    this.#unsubscribe = options.slots.onStatus(({ system, status }) => {
      if (status === 'up') this.#tryNow(system, 0)
    })
  }

  add(room: string, destinations: readonly UnremovedDestination[]): void {
    for (const one of destinations) this.#waiting.add({ ...one, room })
    for (const oldest of [...this.#waiting].slice(0, Math.max(0, this.#waiting.size - UNREMOVED_MAX))) {
      this.#waiting.delete(oldest)
      this.#options.log.warn(oldest, 'a destination that is in no room any more stays on its broker')
    }
    for (const system of new Set(destinations.map((one) => one.system))) this.#retryLater(system, 0)
  }

  close(): void {
    this.#closed = true
    this.#unsubscribe()
    for (const timer of this.#retries.values()) clearTimeout(timer)
  }

  #tryNow(system: SystemId, tries: number): void {
    clearTimeout(this.#retries.get(system))
    this.#retries.delete(system)
    const due = [...this.#waiting].filter((one) => one.system === system)
    void Promise.all(due.map((one) => this.#remove(one))).then((results) => {
      if (results.includes(false)) this.#retryLater(system, tries + 1)
    })
  }

  /** A broker that is away is asked when it is back. */
  #retryLater(system: SystemId, tries: number): void {
    if (this.#closed || this.#retries.has(system)) return
    const delayMs = backoffMs(tries, RETRY_FIRST_MS, RETRY_MAX_MS)
    const timer = setTimeout(() => this.#tryNow(system, tries), delayMs).unref()
    this.#retries.set(system, timer)
  }

  /** False when the broker is up and did not remove it. */
  #remove(one: Waiting): Promise<boolean> {
    const { slots, log, locks } = this.#options
    const { system, address } = one
    return locks.run(one, async () => {
      const driver = driverUp(slots, system)
      if (this.#closed || driver === undefined || !this.#waiting.has(one)) return true
      try {
        // A room that has it by now keeps it.
        if (!locks.isUsed(one)) await driver.remove(address)
        this.#waiting.delete(one)
        return true
      } catch (error) {
        log.warn({ err: error, ...one }, 'a destination that is in no room any more could not be removed yet')
        return false
      }
    })
  }
}
