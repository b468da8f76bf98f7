import type { ComponentProps } from 'react'
import { Button } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'

interface IconButtonProps
  extends Omit<ComponentProps<typeof Button>, 'aria-label' | 'children' | 'square' | 'weight'> {
  icon: IconName
  /** The accessible name. */
  label: string
}

/** A button that shows only an icon. */
export const IconButton = ({ icon, label, ...rest }: IconButtonProps) => (
  <Button {...rest} square aria-label={label}>
    <Icon name={icon} />
  </Button>
)
