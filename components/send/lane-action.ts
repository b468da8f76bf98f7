import type { ButtonStyle } from '../ui/button.tsx'

/** The look of a button with words in the row under a composer. */
export const LANE_ACTION: ButtonStyle = {
  look: 'quiet',
  size: 'own',
  weight: 'text',
  className:
    'h-tap flex-none gap-1.5 rounded-1 px-1.5 fs-sm max-700:min-h-tap max-1440:gap-1 max-1440:px-[5px] max-1440:fs-xs inspecting:gap-1 inspecting:px-[5px] inspecting:fs-xs',
}
