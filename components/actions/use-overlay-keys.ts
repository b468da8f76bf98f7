import { useEffect } from 'react'
import { isTyping } from '../ui/is-typing.ts'
import { toggleOverlay } from '../ui/overlay.ts'

/** Opens the sheet of all keys. */
export const SHEET_KEY = '?'

const isPaletteKey = ({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean =>
  key.toLowerCase() === 'k' && (ctrlKey || metaKey) && !altKey && !shiftKey

/** Ctrl or ⌘ and K opens the palette, also while somebody types; `?` opens the sheet of keys. */
export function useOverlayKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return
      if (isPaletteKey(event)) toggleOverlay('palette')
      else if (event.key === SHEET_KEY && !event.ctrlKey && !event.metaKey && !isTyping(event.target)) {
        toggleOverlay('keys')
      } else return
      event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}
