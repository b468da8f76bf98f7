'use client'

import { onDemand } from '../ui/on-demand.tsx'
import { useOverlay } from '../ui/overlay.ts'
import { useOverlayKeys } from './use-overlay-keys.ts'

const Palette = onDemand(async () => (await import('./palette.tsx')).Palette)
const KeySheet = onDemand(async () => (await import('./key-sheet.tsx')).KeySheet)

/** What lies over the page when it is asked for: the command palette (Ctrl or ⌘ and K), the sheet of keys (`?`). */
export function Overlays() {
  useOverlayKeys()
  const { shown } = useOverlay()
  if (shown === 'palette') return <Palette />
  return shown === 'keys' ? <KeySheet /> : null
}
