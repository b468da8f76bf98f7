import type { ConsumeMessage } from 'amqplib'
import { fingerprintOf, type Identities } from './message-identity.ts'

const NOTHING = Buffer.alloc(0)

/** A delivery handed on and not settled. */
export interface InHand {
  readonly delivery: number
  readonly messageId: string | null
  readonly identity: string
  readonly attempt: number | null
  readonly message: ConsumeMessage
  fingerprint: string | null
}

/** What one consumer has in hand, oldest first. */
export interface Hand {
  readonly size: number
  take(entry: InHand): void
  /** It stays for a while: lets go of the body, which with an unlimited prefetch could be any amount. */
  keep(entry: InHand): void
  settled(entry: InHand): void
  /** It may come, or come again, under the same identity, to whoever remembers it by this key. */
  release(entry: InHand, key: string): void
  get(delivery: number): InHand | undefined
  oldest(): InHand | undefined
  entries(): InHand[]
  /** Empties it: everything in it is the broker's again. */
  letGo(): InHand[]
}

export function createHand(identities: Identities): Hand {
  const held = new Map<number, InHand>()
  const fingerprint = (entry: InHand): string => {
    entry.fingerprint ??= fingerprintOf(entry.message.content)
    return entry.fingerprint
  }
  return {
    get size() {
      return held.size
    },
    take: (entry) => void held.set(entry.delivery, entry),
    keep: (entry) => {
      if (entry.messageId === null) fingerprint(entry)
      entry.message.content = NOTHING
    },
    settled: (entry) => void held.delete(entry.delivery),
    release: (entry, key) => {
      if (entry.messageId === null) identities.returned(key, fingerprint(entry), entry.identity)
    },
    get: (delivery) => held.get(delivery),
    oldest: () => held.values().next().value,
    entries: () => [...held.values()],
    letGo: () => {
      const all = [...held.values()]
      held.clear()
      return all
    },
  }
}
