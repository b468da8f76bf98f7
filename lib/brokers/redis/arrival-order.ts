import type { Named } from './channel-cursor.ts'

interface Slot {
  named: Named | null
  readonly channel: string
}

/**
 * Hands on what a pattern's subscriber has read in the order in which it came. Each channel has a cursor of its own, which
 * may keep what it reads until its position is verified; what came later in other channels waits behind it.
 */
export class ArrivalOrder {
  readonly #deliver: (named: Named, channel: string) => void
  #waiting: Slot[] = []
  /** By channel those of the waiting that have no name yet. */
  readonly #unnamed = new Map<string, Slot[]>()

  constructor(deliver: (named: Named, channel: string) => void) {
    this.#deliver = deliver
  }

  get size(): number {
    return this.#waiting.length
  }

  /** A message was read; its cursor names it now or later. Call it directly before the cursor receives it. */
  arrived(channel: string): void {
    const slot: Slot = { named: null, channel }
    this.#waiting.push(slot)
    const unnamed = this.#unnamed.get(channel)
    if (unnamed) unnamed.push(slot)
    else this.#unnamed.set(channel, [slot])
  }

  /** The cursor named the channel's next message. */
  named(named: Named, channel: string): void {
    const unnamed = this.#unnamed.get(channel)
    const slot = unnamed?.shift()
    if (unnamed?.length === 0) this.#unnamed.delete(channel)
    if (slot) slot.named = named
    this.#flush()
  }

  /** Nothing more is handed on. Idempotent. */
  clear(): void {
    this.#waiting = []
    this.#unnamed.clear()
  }

  #flush(): void {
    let done = 0
    for (const { named } of this.#waiting) {
      if (named === null) break
      done += 1
    }
    if (done === 0) return
    const ready = this.#waiting.splice(0, done)
    for (const { named, channel } of ready) if (named) this.#deliver(named, channel)
  }
}
