import { HISTORY_MAX_EVENTS } from '#lib/protocol/limits.ts'

/** Numbers in one generation. Small ones cost little to copy; each that is held costs a look-up where an id is unknown. */
const GENERATION = HISTORY_MAX_EVENTS / 8

type Generation = ReadonlyMap<string, number>

/**
 * The numbers, by id, of messages that were let go of while history still holds events of them: the next may come without
 * one. At least HISTORY_MAX_EVENTS are kept. They are forgotten by generations: forgetting entries of one large map singly
 * would cost more than all else that a message does. Copies share all generations but the youngest.
 */
export class ReleasedNumbers {
  /** Older generations, the newest first; they are never written to again. */
  #older: readonly Generation[]
  #youngest: Map<string, number>

  constructor(older: readonly Generation[] = [], youngest: Generation = new Map()) {
    this.#older = older
    this.#youngest = new Map(youngest)
  }

  add(id: string, number: number): void {
    if (this.#youngest.size >= GENERATION) {
      this.#older = [this.#youngest, ...this.#older].slice(0, HISTORY_MAX_EVENTS / GENERATION)
      this.#youngest = new Map()
    }
    this.#youngest.set(id, number)
  }

  get(id: string): number | undefined {
    const number = this.#youngest.get(id)
    if (number !== undefined) return number
    for (const generation of this.#older) {
      const older = generation.get(id)
      if (older !== undefined) return older
    }
    return undefined
  }

  copy(): ReleasedNumbers {
    return new ReleasedNumbers(this.#older, this.#youngest)
  }
}
