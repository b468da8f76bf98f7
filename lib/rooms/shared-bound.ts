import type { Unsubscribe } from '#lib/util/emitter.ts'
import { once } from '#lib/util/once.ts'

/** Something of a room that remembers, and can forget its oldest. */
export interface Bounded {
  readonly size: number
  /** Forgets its oldest until it is no larger than `size`, as far as it may. */
  shrinkTo(size: number): void
}

/**
 * The total is looked at whenever it may have grown by this share of the bound, which it therefore exceeds at most by
 * as much.
 */
const SLACK = 1 / 64

/**
 * A bound that all rooms share. When it is met, the largest forget their oldest, down to one size: what remembers less
 * than its share of the bound forgets nothing, whatever floods another room.
 */
export class SharedBound {
  readonly max: number
  private readonly members = new Set<Bounded>()
  private grown = 0

  constructor(max: number) {
    this.max = max
  }

  /** Counts it until the returned function is called. */
  join(member: Bounded): Unsubscribe {
    this.members.add(member)
    return once(() => void this.members.delete(member))
  }

  /** A member has grown. May make it, or others, forget something before it returns. */
  grew(by: number): void {
    this.grown += by
    if (this.grown < this.max * SLACK) return
    this.grown = 0
    const level = this.level()
    for (const member of this.members) if (member.size > level) member.shrinkTo(level)
  }

  /** The size down to which all have to go so that together they fit; infinite while they do. */
  private level(): number {
    const sizes = [...this.members].map(({ size }) => size).sort((a, b) => a - b)
    const total = sizes.reduce((sum, size) => sum + size, 0)
    if (total <= this.max) return Number.POSITIVE_INFINITY
    let left = this.max * (1 - SLACK)
    for (const [index, size] of sizes.entries()) {
      const share = left / (sizes.length - index)
      if (size > share) return share
      left -= size
    }
    return Number.POSITIVE_INFINITY
  }
}

/** An amount that several take from, and give back to. */
export class Allowance {
  private left: number

  constructor(max: number) {
    this.left = max
  }

  /** False, and nothing is taken, where so much is not left. */
  take(amount: number): boolean {
    if (amount > this.left) return false
    this.left -= amount
    return true
  }

  giveBack(amount: number): void {
    this.left += amount
  }
}
