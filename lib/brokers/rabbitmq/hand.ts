import type { ConsumeMessage } from 'amqplib'
import { fingerprintOf, type Identities } from './identity.ts'

const NOTHING = Buffer.alloc(0)

/** A delivery handed on and not settled. */
export interface InHand {
  readonly delivery: number
  readonly identity: string
  readonly message: ConsumeMessage
  /** Whether it has an id of its own. */
  readonly named: boolean
  fingerprint: string | null
}

/** What one worker has in hand, oldest first. */
export interface Hand {
  take(entry: InHand): void
  /** It stays for a while: lets go of the body, which with an unlimited prefetch could be any amount. */
  keep(entry: InHand): void
  settled(entry: InHand): void
  entries(): InHand[]
  /** Empties it: everything in it is the broker's again and may come back under the same identity. */
  letGo(): InHand[]
}

export function createHand(queue: string, identities: Identities): Hand {
  const held = new Map<number, InHand>()
  const fingerprint = (entry: InHand): string => {
    entry.fingerprint ??= fingerprintOf(entry.message.content)
    return entry.fingerprint
  }
  return {
    take: (entry) => void held.set(entry.delivery, entry),
    keep: (entry) => {
      if (!entry.named) fingerprint(entry)
      entry.message.content = NOTHING
    },
    settled: (entry) => void held.delete(entry.delivery),
    entries: () => [...held.values()],
    letGo: () => {
      const all = [...held.values()]
      held.clear()
      for (const entry of all) {
        if (!entry.named) identities.release(queue, fingerprint(entry), entry.identity)
      }
      return all
    },
  }
}
