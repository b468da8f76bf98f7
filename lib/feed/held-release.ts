import type { LedgerViews } from '#lib/ledger/model/ledger-views.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { SendRequest } from './feed.ts'
import { goesByItself, type HeldEntry, type HeldSends } from './held-sends.ts'
import { outcomesOf, type PublishOutcome } from './publish-outcome.ts'
import type { RoomConnection } from './room-connection.ts'

/** How long the room may take to answer a publish: it waits for a waking room, never for a broker's receipt. */
export const PUBLISH_TIMEOUT_MS = 10_000
/** The pause when the server did not answer, or said "down" although its broker counts as up. */
const TRY_AGAIN_MS = 1_000

type Extras = Pick<SendRequest, 'key' | 'headers' | 'settings'>

/** What is sent beside the text, as far as there is any. */
export const extrasOf = ({ key, headers, settings }: Partial<HeldEntry> | SendRequest): Extras => ({
  ...(key === undefined ? {} : { key }),
  ...(headers === undefined ? {} : { headers }),
  ...(settings === undefined ? {} : { settings }),
})

export interface HeldReleaseOptions {
  held: HeldSends
  views: LedgerViews
  connection: Pick<RoomConnection, 'ready' | 'ask'>
  onSent(id: string): void
}

/** Sends held messages when their broker and the connection are back: in order, one at a time for each system. */
export class HeldRelease {
  readonly #options: HeldReleaseOptions
  /** Systems that are being worked through, and whether to do so once more: a wake-up meanwhile must not be lost. */
  readonly #busy = new Map<SystemId, 'once' | 'again' | 'again-forced'>()
  readonly #timers = new Map<SystemId, ReturnType<typeof setTimeout>>()
  #closed = false

  constructor(options: HeldReleaseOptions) {
    this.#options = options
  }

  /** Sends what can go now. Cheap when nothing is held. */
  wake(): void {
    this.#startAll(false)
  }

  /** The same for everything that goes by itself, even if its broker is not known to be up. */
  force(): void {
    this.#startAll(true)
  }

  /** Whether new sends to this system must wait behind held ones that are about to go. */
  isPending(system: SystemId): boolean {
    return this.#options.held.next(system) !== undefined && (this.#busy.has(system) || this.#isUp(system))
  }

  close(): void {
    this.#closed = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  #isUp(system: SystemId): boolean {
    return this.#options.views.broker(system)?.status === 'up'
  }

  #startAll(forced: boolean): void {
    const { held, connection } = this.#options
    if (held.all.length === 0 || !connection.ready) return
    for (const system of new Set(held.all.filter(goesByItself).map((entry) => entry.system))) {
      this.#start(system, forced)
    }
  }

  #start(system: SystemId, forced: boolean): void {
    const before = this.#busy.get(system)
    if (before !== undefined) {
      this.#busy.set(system, forced || before === 'again-forced' ? 'again-forced' : 'again')
      return
    }
    if (this.#timers.has(system) && !forced) return
    clearTimeout(this.#timers.get(system))
    this.#timers.delete(system)
    this.#busy.set(system, 'once')
    this.#run(system, forced)
      .finally(() => {
        const more = this.#busy.get(system)
        this.#busy.delete(system)
        if (more === 'again' || more === 'again-forced') this.#start(system, more === 'again-forced')
      })
      .catch((error: unknown) => {
        // Asking never rejects, so this is a bug of ours: it is thrown where a page's errors are reported.
        queueMicrotask(() => {
          throw error
        })
      })
  }

  #startLater(system: SystemId, ms: number): void {
    clearTimeout(this.#timers.get(system))
    if (this.#closed) return
    const timer = setTimeout(() => {
      this.#timers.delete(system)
      this.#start(system, false)
    }, ms)
    this.#timers.set(system, timer)
  }

  async #run(system: SystemId, forced: boolean): Promise<void> {
    const { held, connection } = this.#options
    for (;;) {
      const entry = held.next(system)
      if (!entry || !connection.ready || this.#closed) return
      if (entry.unansweredIn !== null) {
        this.#settleUnanswered(entry)
        continue
      }
      if (!forced && !this.#isUp(system)) {
        if (entry.why === 'offline') held.change(entry, { why: 'broker-down' })
        return
      }
      const outcome = await this.#publish(entry)
      if (outcome.state === 'sent') continue
      if (outcome.state !== 'refused') {
        if (connection.ready) this.#startLater(system, TRY_AGAIN_MS)
        return
      }
      if (outcome.failure.retryAfterMs !== undefined) {
        this.#startLater(system, outcome.failure.retryAfterMs)
        return
      }
    }
  }

  /** Whether an unanswered send was taken after all, may be sent again under its id, or cannot be known. */
  #settleUnanswered(entry: HeldEntry): void {
    const { held, views } = this.#options
    if (views.message(entry.id)?.lives.has(entry.system)) held.remove(entry.id, entry.system)
    else if (entry.unansweredIn === views.epoch) held.change(entry, { unansweredIn: null })
    else held.change(entry, { why: 'unconfirmed' })
  }

  async #publish(entry: HeldEntry): Promise<PublishOutcome> {
    const { held, views, connection, onSent } = this.#options
    const { id, text, system, destination, sender } = entry
    const { epoch } = views
    const input = { id, text, sender, to: [{ system, destination }], ...extrasOf(entry) }
    const outcomes = outcomesOf(await connection.ask('message:publish', input, PUBLISH_TIMEOUT_MS))
    const outcome = outcomes.of(system)
    const number = outcomes.number ?? entry.number
    if (outcome.state === 'sent') held.remove(id, system)
    else if (outcome.state === 'unanswered') held.change(entry, { why: 'offline', unansweredIn: epoch })
    else if (outcome.state === 'offline') held.change(entry, { why: 'offline' })
    else if (outcome.state === 'broker-down') held.change(entry, { why: 'broker-down', number })
    else if (outcome.failure.retryAfterMs === undefined) {
      held.change(entry, { why: 'refused', code: outcome.failure.code, number })
    }
    if (outcome.state === 'sent') onSent(id)
    return outcome
  }
}
