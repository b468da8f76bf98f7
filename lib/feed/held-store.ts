import { z } from 'zod'
import { nameSchema, systemIdSchema } from '#lib/protocol/names.ts'
import { type Settings, settingsSchema } from '#lib/protocol/room.ts'
import type { HeldSend, HeldStorage } from './feed.ts'

/** A held send with what sending it needs. */
export interface HeldEntry extends HeldSend {
  key: string | undefined
  headers?: Record<string, string> | undefined
  settings?: Settings | undefined
  sender: string
  /** It was handed to the server of this epoch, which never answered: only that server can tell whether it has it. */
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

/** Keeps held sends over a reload of the tab. Another tab has its own; a closed tab's are gone. */
export interface HeldStore {
  load(): HeldEntry[]
  save(entries: readonly HeldEntry[]): void
}

/**
 * Storage may be forbidden, full, or hold anything. Held sends then last as long as the page, which asks before it is
 * closed: nothing else is lost by it.
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
    // Somebody else wrote there, or reading is forbidden: there is nothing of ours.
    return []
  }
}
