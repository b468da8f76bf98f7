import type { SystemId } from '#lib/protocol/names.ts'
import type { HeldEntry, HeldStore } from './held-store.ts'

/** Sends one browser holds, as a person can overlook them. Beyond this a send is refused instead. */
export const HELD_MAX = 200

/** The held sends in the order in which they were made, kept over a reload of the tab. */
export interface HeldList {
  readonly all: readonly HeldEntry[]
  find(id: string, system: SystemId): HeldEntry | undefined
  /** The first of the system that goes out by itself. */
  next(system: SystemId): HeldEntry | undefined
  add(entry: HeldEntry): void
  change(entry: HeldEntry, to: Partial<HeldEntry>): void
  remove(id: string, system: SystemId): void
}

export const goesByItself = (entry: HeldEntry): boolean =>
  entry.why === 'broker-down' || entry.why === 'offline'

export function createHeldList(store: HeldStore, onChange: () => void): HeldList {
  let all: readonly HeldEntry[] = store.load()
  const set = (next: readonly HeldEntry[]): void => {
    all = next
    store.save(all)
    onChange()
  }
  const isIt = (id: string, system: SystemId) => (entry: HeldEntry) =>
    entry.id === id && entry.system === system
  return {
    get all() {
      return all
    },
    find: (id, system) => all.find(isIt(id, system)),
    next: (system) => all.find((entry) => entry.system === system && goesByItself(entry)),
    add: (entry) => set([...all, entry]),
    change: (entry, to) => {
      const it = isIt(entry.id, entry.system)
      set(all.map((other) => (it(other) ? { ...other, ...to } : other)))
    },
    remove: (id, system) => {
      const it = isIt(id, system)
      if (all.some(it)) set(all.filter((entry) => !it(entry)))
    },
  }
}
