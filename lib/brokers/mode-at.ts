import type { Mode } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'
import type { Varying } from './contract.ts'

/** What one destination is and can do, its settings minded; undefined where the system has no such mode. */
export function modeAt<T>(
  system: { modes: Partial<Record<Mode, T & Varying<T>>> } | undefined,
  { mode, settings }: { mode: Mode; settings: Settings },
): T | undefined {
  const found = system?.modes[mode]
  return found?.variant?.(settings) ?? found
}
