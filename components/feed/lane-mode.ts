import { manifestOf } from '#lib/brokers/catalog.ts'
import type { ModeManifest } from '#lib/brokers/contract.ts'
import { modeAt } from '#lib/brokers/mode-at.ts'
import type { LaneRef } from './lane-ref.ts'

/**
 * All that the system of a lane says of such a destination: schemas, previews, programs. A lane itself knows a profile only, so
 * that the page's first script can hold it; what needs this comes after that script.
 */
export function modeManifestOf({
  manifest,
  mode,
  settings,
}: Pick<LaneRef, 'manifest' | 'mode' | 'settings'>): ModeManifest {
  const found = modeAt(manifestOf(manifest.id), { mode, settings })
  if (!found) throw new Error(`${manifest.label} has no ${mode}`)
  return found
}
