import * as z from 'zod'
import { nameSchema, type SystemId, systemIdSchema } from '#lib/protocol/names.ts'
import { type Settings, settingsSchema } from '#lib/protocol/room.ts'
import type { HeldSend, HeldStorage } from './feed.ts'

/** Sends one browser holds at most, as many as a person can overlook. Beyond this a send is refused instead. */
export const HELD_MAX = 200

/** A held send with what sending it needs. */
export interface HeldEntry extends HeldSend {
  key: string | undefined
  headers?: Record<string, string> | undefined
  settings?: Settings | undefined
  sender: string
  /** It was sent to the server of this epoch, which never answered: only that server can tell whether it took it. */
  unansweredIn: string | null
}

const entrySchema = z.object({
  id: z.string(),
  number: z.number().nullable(),
  system: systemIdSchema,
  destination: nameSchema,
  text: z.string(),
  heldAt: z.number(),
  why: z.enum(['broker-down', 'offline', 'unconfirmed', 'refused']),
  code: z.string().nullable(),
  key: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  settings: settingsSchema.optional(),
  sender: z.string(),
  unansweredIn: z.string().nullable(),
})

/** Keeps held sends over a reload of the tab. Another tab has its own; a closed tab's are lost. */
export interface HeldStore {
  load(): HeldEntry[]
  save(entries: readonly HeldEntry[]): void
}

/**
 * Storage may be forbidden, full, or hold anything. Held sends then last only as long as the page, which asks before it
 * is closed.
 */
export function createHeldStore(room: string, given?: HeldStorage): HeldStore {
  const key = `switchboard.held.${room}`
  const storage = given ?? sessionStorageIfAny()
  return {
    load: () => {
      const parsed = z.array(entrySchema).safeParse(readJson(storage, key))
      return parsed.success ? parsed.data.map((entry) => ({ ...entry, key: entry.key })) : []
    },
    save: (entries) => {
      try {
        if (entries.length === 0) storage?.removeItem(key)
        else storage?.setItem(key, JSON.stringify(entries))
      } catch {
        // Full or forbidden since: the page itself still holds them, in plain sight.
        return
      }
    },
  }
}

function sessionStorageIfAny(): HeldStorage | null {
  try {
    return typeof sessionStorage === 'undefined' ? null : sessionStorage
  } catch {
    // Reading the property itself throws where storage is forbidden.
    return null
  }
}

function readJson(storage: HeldStorage | null, key: string): unknown {
  try {
    return JSON.parse(storage?.getItem(key) ?? '[]')
  } catch {
    // Another program wrote there, or reading is forbidden: nothing of ours can be read.
    return []
  }
}

/** The held sends in the order in which they were made, kept over a reload of the tab. */
export interface HeldSends {
  readonly all: readonly HeldEntry[]
  find(id: string, system: SystemId): HeldEntry | undefined
  /** The first of the system that goes out by itself. */
  next(system: SystemId): HeldEntry | undefined
  add(entry: HeldEntry): void
  change(entry: HeldEntry, to: Partial<HeldEntry>): void
  remove(id: string, system: SystemId): void
}

/** It goes out without a person's doing, once its broker is back. */
export const goesByItself = ({ why }: HeldSend): boolean => why === 'broker-down' || why === 'offline'

export function createHeldSends(store: HeldStore, onChange: () => void): HeldSends {
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
