import type { Named } from './channel-cursor.ts'

interface Slot {
  named: Named | null
  readonly channel: string
  /** What came next, in any channel. */
  next: Slot | null
  /** What came next in the same channel. */
  nextOfChannel: Slot | null
}

/**
 * Hands on what a pattern's subscriber has read in the order in which it came. Each channel has a cursor of its own, which
 * may keep what it reads until its position is verified; what came later in other channels waits behind it.
 */
export class ArrivalOrder {
  readonly #deliver: (named: Named, channel: string) => void
  #oldest: Slot | null = null
  #newest: Slot | null = null
  #size = 0
  /** By channel those of the waiting that have no name yet. */
  readonly #unnamed = new Map<string, { first: Slot; last: Slot }>()

  constructor(deliver: (named: Named, channel: string) => void) {
    this.#deliver = deliver
  }

  get size(): number {
    return this.#size
  }

  /** A message was read; its cursor names it now or later. Call it directly before the cursor receives it. */
  arrived(channel: string): void {
    const slot: Slot = { named: null, channel, next: null, nextOfChannel: null }
    if (this.#newest) this.#newest.next = slot
    else this.#oldest = slot
    this.#newest = slot
    this.#size += 1
    const unnamed = this.#unnamed.get(channel)
    if (unnamed) {
      unnamed.last.nextOfChannel = slot
      unnamed.last = slot
    } else this.#unnamed.set(channel, { first: slot, last: slot })
  }

  /** The cursor named the channel's next message. */
  named(named: Named, channel: string): void {
    const unnamed = this.#unnamed.get(channel)
    if (!unnamed) return
    const { first } = unnamed
    first.named = named
    if (first.nextOfChannel) unnamed.first = first.nextOfChannel
    else this.#unnamed.delete(channel)
    this.#flush()
  }

  /** Nothing more is handed on. Idempotent. */
  clear(): void {
    this.#oldest = null
    this.#newest = null
    this.#size = 0
    this.#unnamed.clear()
  }

  #flush(): void {
    for (let slot = this.#oldest; slot?.named; slot = this.#oldest) {
      this.#oldest = slot.next
      if (slot.next === null) this.#newest = null
      this.#size -= 1
      this.#deliver(slot.named, slot.channel)
    }
  }
}
