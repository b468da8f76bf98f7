import { useSyncExternalStore } from 'react'

/** What a person chose; `system` follows the machine. */
export type ThemeChoice = 'light' | 'dark' | 'system'
export const THEME_CHOICES: readonly ThemeChoice[] = ['light', 'dark', 'system']

const THEME_KEY = 'switchboard.theme'
const STAGE_THEME_KEY = 'switchboard.stage-theme'
const CHANGED = 'switchboard:appearance'

/** `public/theme.js` listens to this event and does the rest, as it does before the first paint. */
const announce = () => dispatchEvent(new Event(CHANGED))

function readTheme(): ThemeChoice {
  try {
    const stored = localStorage.getItem(THEME_KEY)
    return THEME_CHOICES.find((choice) => choice === stored) ?? 'system'
  } catch {
    // Without storage nothing was remembered.
    return 'system'
  }
}

export function chooseTheme(choice: ThemeChoice): void {
  try {
    localStorage.setItem(THEME_KEY, choice)
  } catch {
    // The choice cannot be remembered; it still holds for this page.
    document.documentElement.dataset.theme = choice
    return
  }
  announce()
}

/** A stage has a theme of its own, dark until somebody changes it. */
export function toggleStageTheme(): void {
  const next = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'
  try {
    localStorage.setItem(STAGE_THEME_KEY, next)
  } catch {
    document.documentElement.dataset.theme = next
    return
  }
  announce()
}

export function setPresenting(presenting: boolean): void {
  if (presenting) document.documentElement.dataset.present = 'true'
  else delete document.documentElement.dataset.present
  announce()
}

export const isPresenting = () => document.documentElement.dataset.present === 'true'

function subscribe(listener: () => void): () => void {
  addEventListener(CHANGED, listener)
  addEventListener('storage', listener)
  return () => {
    removeEventListener(CHANGED, listener)
    removeEventListener('storage', listener)
  }
}

export const useThemeChoice = (): ThemeChoice =>
  useSyncExternalStore(subscribe, readTheme, () => 'system' as const)

/** Present mode: larger type, fewer secondary words. Lasts as long as the page. */
export const usePresenting = (): boolean => useSyncExternalStore(subscribe, isPresenting, () => false)
