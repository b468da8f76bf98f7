import type { SystemId } from '#lib/protocol/names.ts'
import { createKeyedMutex } from '#lib/util/mutex.ts'

interface NamedOnBroker {
  system: SystemId
  address: string
}

/**
 * One queue for each destination on a broker, whichever room or door asks: what declares, alters and removes it runs one
 * after another. And who uses it: two rooms may have the same one, by an address that a person gave.
 */
export interface DestinationLocks {
  run<T>(destination: NamedOnBroker, task: () => Promise<T>): Promise<T>
  /** `user` is a room's destination of that name, until it leaves. */
  enter(destination: NamedOnBroker, user: object): void
  /** Idempotent. */
  leave(destination: NamedOnBroker, user: object): void
  /** Whether anybody else than `user` uses it. */
  isUsed(destination: NamedOnBroker, user?: object): boolean
}

export function createDestinationLocks(): DestinationLocks {
  const mutex = createKeyedMutex()
  const users = new Map<string, Set<object>>()
  const keyOf = ({ system, address }: NamedOnBroker) => `${system} ${address}`
  return {
    run: (destination, task) => mutex.run(keyOf(destination), task),
    enter: (destination, user) => {
      const key = keyOf(destination)
      users.set(key, (users.get(key) ?? new Set()).add(user))
    },
    leave: (destination, user) => {
      const key = keyOf(destination)
      users.get(key)?.delete(user)
      if (users.get(key)?.size === 0) users.delete(key)
    },
    isUsed: (destination, user) => [...(users.get(keyOf(destination)) ?? [])].some((one) => one !== user),
  }
}
