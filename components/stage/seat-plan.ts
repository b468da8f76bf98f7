import type { Consumer } from '#lib/protocol/room.ts'

/** The seats of one group, or of a whole destination (`name` null). A seat holds a consumer's id, or null while it is empty. */
export interface SeatGroup {
  name: string | null
  seats: readonly (string | null)[]
}

/** The part of a consumer that decides where it sits. */
type Seated = Pick<Consumer, 'id' | 'group'>

/**
 * Which seat each consumer of a destination has. A seat never moves while others come and go: whoever leaves, leaves an empty
 * seat, which the next newcomer takes, and whoever comes back sits where they sat, if that seat is free.
 */
export class SeatPlan {
  private readonly groups = new Map<string | null, (string | null)[]>()
  /** Where each consumer sat last, also after it has gone. */
  private readonly last = new Map<string, number>()
  private drawn: readonly SeatGroup[] = []

  /** The plan with these consumers, in the order in which they came; the same object where nothing has changed. */
  seat(consumers: readonly Seated[], grouped: boolean): readonly SeatGroup[] {
    const groupOf = ({ group }: Seated) => (grouped ? (group ?? null) : null)
    const here = new Map(consumers.map((one) => [one.id, groupOf(one)]))
    let changed = this.leave(here)
    for (const [id, group] of here) changed = this.enter(id, group) || changed
    if (changed) this.drawn = Array.from(this.groups, ([name, seats]) => ({ name, seats: [...seats] }))
    return this.drawn
  }

  private leave(here: ReadonlyMap<string, string | null>): boolean {
    let changed = false
    for (const [group, seats] of this.groups) {
      seats.forEach((id, index) => {
        if (id === null || here.get(id) === group) return
        seats[index] = null
        changed = true
      })
    }
    return changed
  }

  private enter(id: string, group: string | null): boolean {
    const seats = this.groups.get(group) ?? []
    if (seats.includes(id)) return false
    this.groups.set(group, seats)
    const last = this.last.get(id)
    const free = last !== undefined && seats[last] === null ? last : seats.indexOf(null)
    const index = free === -1 ? seats.length : free
    seats[index] = id
    this.last.set(id, index)
    return true
  }
}
