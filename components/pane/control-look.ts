import type { ButtonStyle } from '../ui/button.tsx'

/** The look of a control in a pane's head: quiet until the pointer is on it. */
export const CONTROL: ButtonStyle = { look: 'inherit', size: 'sm', square: true }
