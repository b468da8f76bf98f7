import type { SystemProfile } from './contract.ts'
import { profile as kafka } from './kafka/profile.ts'
import { profile as rabbitmq } from './rabbitmq/profile.ts'
import { profile as redis } from './redis/profile.ts'

/** The profile of every system, in the order of the lanes: what the page's first script knows of them. */
export const systems: readonly SystemProfile[] = [rabbitmq, redis, kafka]

export const systemOf = (system: string): SystemProfile | undefined => systems.find(({ id }) => id === system)
