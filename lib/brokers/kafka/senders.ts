import type { DriverLog } from '../contract.ts'
import type { LinkOptions } from './link.ts'
import type { Sender, SenderKind } from './sender.ts'
import { createSenderKeeper, type SenderKeeper } from './sender-keeper.ts'

/** What a producer does unless a topic asks otherwise; one such is always there while the broker is up. */
export const PLAIN: SenderKind = { acks: 'all', idempotent: true }

/** A producer for each kind that topics ask for. Each topic has one kind at a time, so that its order holds. */
export interface Senders {
  /** The usable producer of that kind; waits while one is connecting, rejects when that fails. Nothing was sent then. */
  get(kind: SenderKind): Promise<Sender>
  warm(): void
  /** New producers take the place of those in use, which end once their receipts are there. Never rejects. */
  renew(): Promise<void>
  retire(): void
  kill(reason: string): void
  gone(): Promise<void>
}

export function createSenders(options: LinkOptions & { log: DriverLog }): Senders {
  const keepers = new Map<string, SenderKeeper>()
  const keeperOf = (kind: SenderKind): SenderKeeper => {
    const name = `${kind.acks} ${kind.idempotent}`
    const known = keepers.get(name)
    if (known) return known
    const keeper = createSenderKeeper(options, kind)
    keepers.set(name, keeper)
    return keeper
  }
  keeperOf(PLAIN)
  const all = () => [...keepers.values()]

  return {
    get: (kind) => keeperOf(kind).get(),
    warm: () => {
      for (const keeper of all()) keeper.warm()
    },
    renew: async () => {
      await Promise.all(all().map((keeper) => keeper.renew()))
    },
    retire: () => {
      for (const keeper of all()) keeper.retire()
    },
    kill: (reason) => {
      for (const keeper of all()) keeper.kill(reason)
    },
    gone: async () => {
      await Promise.all(all().map((keeper) => keeper.gone()))
    },
  }
}
