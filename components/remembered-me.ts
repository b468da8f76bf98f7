import * as z from 'zod'
import { personNameSchema } from '#lib/protocol/names.ts'
import { randomUuid } from '#lib/util/uuid.ts'
import { COLOURS, ME_KEY, type Me, saveMe } from './me.ts'

const ID_KEY = 'switchboard.person'

const storedSchema = z.object({
  name: personNameSchema,
  colour: z
    .number()
    .int()
    .min(0)
    .max(COLOURS - 1),
})

/** Short enough for a composer, friendly enough for a first visit. */
const NAMES =
  'Heron Otter Finch Lynx Badger Robin Marten Wren Fox Hare Owl Newt Swift Stork Tern Vole Bison Crane Dove Elk Gecko Ibis Koala Panda'.split(
    ' ',
  )

const pick = (count: number) => Math.floor(Math.random() * count)

const invent = (): Omit<Me, 'id'> => ({
  name: NAMES[pick(NAMES.length)] ?? 'Heron',
  colour: pick(COLOURS),
})

/** Storage may be forbidden or hold anything: then this visit gets a fresh name, and nothing breaks. */
function readStored(): Omit<Me, 'id'> | null {
  try {
    const parsed = storedSchema.safeParse(JSON.parse(localStorage.getItem(ME_KEY) ?? 'null'))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

function personId(): string {
  const fresh = randomUuid()
  try {
    const known = localStorage.getItem(ID_KEY)
    if (known && /^[A-Za-z0-9-]{1,64}$/.test(known)) return known
    localStorage.setItem(ID_KEY, fresh)
  } catch {
    return fresh
  }
  return fresh
}

/** Reports the name and colour that were chosen in another tab of this browser. Returns how to stop. */
export function onMeChanged(listener: (look: Omit<Me, 'id'>) => void): () => void {
  const onStorage = ({ key }: StorageEvent) => {
    const look = key === ME_KEY ? readStored() : null
    if (look) listener(look)
  }
  addEventListener('storage', onStorage)
  return () => removeEventListener('storage', onStorage)
}

/** Who this is: remembered, or given a friendly name on the first visit. Browser only. */
export function loadMe(): Me {
  const known = readStored() ?? invent()
  saveMe(known)
  return { id: personId(), ...known }
}
