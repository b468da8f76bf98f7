import { Icon, type IconName } from './icon.tsx'

interface IconButtonProps {
  icon: IconName
  /** The accessible name. */
  label: string
  /** The tooltip, such as the key that does the same. */
  title?: string
  /** Another look than that of a plain button. */
  className?: string
  disabled?: boolean
  /** Whether it is switched on; for buttons that switch something only. */
  pressed?: boolean
  onClick(): void
}

/** A button that shows only an icon. */
export const IconButton = ({
  icon,
  label,
  title,
  className = '',
  disabled,
  pressed,
  onClick,
}: IconButtonProps) => (
  <button
    type="button"
    className={`btn ico ${className}`}
    aria-label={label}
    aria-pressed={pressed}
    title={title}
    disabled={disabled}
    onClick={onClick}
  >
    <Icon name={icon} />
  </button>
)
