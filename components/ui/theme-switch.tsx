'use client'

import { chooseTheme, THEME_CHOICES, type ThemeChoice, useThemeChoice } from './appearance.ts'
import { Icon } from './icon.tsx'
import { Popover } from './popover.tsx'

const LABEL: Record<ThemeChoice, string> = { light: 'Light', dark: 'Dark', system: 'Like the system' }

export function ThemeSwitch() {
  const chosen = useThemeChoice()
  return (
    <Popover
      button={<Icon name="theme" />}
      buttonStyle={{ square: true, className: 'max-700:w-11 max-1440:present:hidden' }}
      label="Switch theme"
      title="Switch theme"
      align="end"
    >
      {(close) => (
        <fieldset className="grid gap-1">
          <legend className="mb-1 text-ink-2 text-xs">Theme</legend>
          {THEME_CHOICES.map((choice) => (
            <label key={choice} className="flex min-h-tap items-center gap-2">
              <input
                type="radio"
                className="m-0 size-4 accent-ink"
                name="theme"
                checked={choice === chosen}
                onChange={() => chooseTheme(choice)}
                onKeyDown={(event) => event.key === 'Enter' && close()}
              />
              {LABEL[choice]}
            </label>
          ))}
        </fieldset>
      )}
    </Popover>
  )
}
