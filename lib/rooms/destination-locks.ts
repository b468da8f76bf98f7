import type { SystemId } from '#lib/protocol/names.ts'
import { createKeyedMutex } from '#lib/util/mutex.ts'

/**
 * One queue for each destination on a broker, whichever room or door asks: what declares, alters and removes it runs one
 * after another.
 */
export interface DestinationLocks {
  run<T>(destination: { system: SystemId; address: string }, task: () => Promise<T>): Promise<T>
}

export function createDestinationLocks(): DestinationLocks {
  const mutex = createKeyedMutex()
  return { run: ({ system, address }, task) => mutex.run(`${system} ${address}`, task) }
}
