import type { ButtonStyle } from '../ui/button.tsx'

/** The look of a button with words in the row under a composer. */
export const LANE_ACTION: ButtonStyle = {
  look: 'quiet',
  size: 'own',
  weight: 'text',
  className:
    'h-tap flex-none gap-1 rounded-1 px-[5px] fs-sm max-700:min-h-tap max-1440:fs-xs inspecting:fs-xs inspecting:px-[3px]',
}
