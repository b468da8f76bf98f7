import type { Manifest } from './contract.ts'
import { manifest as kafka } from './kafka/manifest.ts'
import { manifest as rabbitmq } from './rabbitmq/manifest.ts'
import { manifest as redis } from './redis/manifest.ts'

/** Every system there is, in the order of the lanes. Runs in browser and server alike. */
export const catalog: readonly Manifest[] = [rabbitmq, redis, kafka]

export const manifestOf = (system: string): Manifest | undefined =>
  catalog.find((manifest) => manifest.id === system)
