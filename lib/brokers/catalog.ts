import type { ClassicDestination, Manifest, ModeManifest } from './contract.ts'
import { manifest as kafka } from './kafka/manifest.ts'
import { manifest as rabbitmq } from './rabbitmq/manifest.ts'
import { manifest as redis } from './redis/manifest.ts'

/** Every system there is, in the order of the lanes. Runs in browser and server alike. */
export const catalog: readonly Manifest[] = [rabbitmq, redis, kafka]

export const manifestOf = (system: string): Manifest | undefined =>
  catalog.find((manifest) => manifest.id === system)

/** What one destination is and can do, its settings minded; undefined where the system has no such mode. */
export function modeAt(
  manifest: Manifest | undefined,
  { mode, settings }: Pick<ClassicDestination, 'mode' | 'settings'>,
): ModeManifest | undefined {
  const found = manifest?.modes[mode]
  return found?.variant?.(settings) ?? found
}
