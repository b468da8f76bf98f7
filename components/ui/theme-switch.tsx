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
      buttonClass="btn ico"
      label="Switch theme"
      title="Switch theme"
      align="end"
    >
      {(close) => (
        <fieldset className="choices">
          <legend>Theme</legend>
          {THEME_CHOICES.map((choice) => (
            <label key={choice}>
              <input
                type="radio"
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
