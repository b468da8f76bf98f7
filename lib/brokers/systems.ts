import type { SystemTraits } from './contract.ts'
import { traits as kafka } from './kafka/traits.ts'
import { traits as rabbitmq } from './rabbitmq/traits.ts'
import { traits as redis } from './redis/traits.ts'

/** The traits of every system, in the order of the lanes: what the page's first script knows of them. */
export const systems: readonly SystemTraits[] = [rabbitmq, redis, kafka]

export const systemOf = (system: string): SystemTraits | undefined => systems.find(({ id }) => id === system)
