import type { ComponentProps } from 'react'
import { useForbidden } from './forbidden.tsx'

const HOVER = 'not-disabled:hover:bg-hover'
const PLAIN = `border-line-strong bg-surface text-ink ${HOVER}`
const NO_BOX = `border-transparent bg-transparent ${HOVER} not-disabled:hover:text-ink`

const LOOKS = {
  plain: PLAIN,
  /** The main action of its place. */
  solid: 'border-action bg-action text-on-action not-disabled:hover:bg-ink-2',
  /** The same, in the broker's own colour. */
  hue: 'border-hue bg-hue text-on-hue not-disabled:hover:shadow-[inset_0_0_0_2px_var(--on-hue)]',
  quiet: `${NO_BOX} text-ink-2`,
  /** A quiet one whose work is going on. */
  busy: 'border-transparent bg-hover text-ink',
  /** Quiet, and in the colour of the words around it. */
  inherit: `${NO_BOX} text-inherit`,
  /** On whatever ground it stands. */
  clear: `border-line-strong bg-transparent text-ink ${HOVER}`,
  dashed: `border-dashed border-line-control bg-surface text-ink ${HOVER}`,
  danger: `border-bad-line bg-surface text-bad ${HOVER}`,
  /** It ends something that goes on until then. */
  stop: `border-bad-line bg-surface text-ink ${HOVER}`,
} as const

interface Measures {
  box: string
  words: string
  square: string
}

const TAP = 'flex-none max-700:min-h-tap'
const SMALL = `${TAP} h-tap rounded-1 present:rounded-2`

const SIZES: Record<'md' | 'lg' | 'sm' | 'tight' | 'xs' | 'own', Measures> = {
  md: { box: `${TAP} h-control rounded-2`, words: 'gap-2 px-3', square: 'w-control' },
  lg: { box: `${TAP} h-control-lg rounded-2`, words: 'gap-2 px-3', square: 'w-control-lg' },
  sm: { box: SMALL, words: 'gap-2 px-2.5 fs-sm', square: 'w-tap' },
  /** As high, with smaller words closer together. */
  tight: { box: SMALL, words: 'gap-1 px-2 fs-xs', square: 'w-tap' },
  xs: {
    box: 'h-6 flex-none rounded-1 max-700:min-h-tap present:rounded-2',
    words: 'gap-0.5 px-1.5 fs-xs',
    square: 'w-tap',
  },
  /** Height, width, padding, gap, corners and size of type are the caller's. */
  own: { box: '', words: '', square: '' },
}

const WEIGHTS = { text: 'font-text', mid: 'font-mid', strong: 'font-strong' } as const

export interface ButtonStyle {
  look?: keyof typeof LOOKS
  size?: keyof typeof SIZES
  /** For an icon without words. */
  square?: boolean
  weight?: keyof typeof WEIGHTS
  /** Where it stands, and what differs on other windows. */
  className?: string
}

function classes({
  look = 'plain',
  size = 'md',
  square = false,
  weight,
  className = '',
}: ButtonStyle): string {
  const { box, words, square: width } = SIZES[size]
  const font = WEIGHTS[weight ?? (look === 'solid' ? 'strong' : 'mid')]
  return `inline-flex items-center justify-center whitespace-nowrap border transition-[background-color] aria-pressed:bg-hover aria-pressed:text-ink ${LOOKS[look]} ${box} ${square ? width : words} ${font} ${className}`
}

type Rest<Element extends 'a' | 'button'> = ButtonStyle & Omit<ComponentProps<Element>, keyof ButtonStyle>

/**
 * A button with words, an icon, or both. It submits a form only where `type="submit"` says so. Where what it does is forbidden
 * it cannot be pressed, and its title says why.
 */
export function Button({ look, size, square, weight, className, ...rest }: Rest<'button'>) {
  const why = useForbidden()
  const forbidden = why === undefined ? {} : { disabled: true, title: why }
  return (
    <button
      type="button"
      {...rest}
      {...forbidden}
      className={classes({ look, size, square, weight, className })}
    />
  )
}

/** A link that looks like a button: it goes somewhere. */
export function ButtonLink({ look, size, square, weight, className, ...rest }: Rest<'a'>) {
  return <a {...rest} className={classes({ look, size, square, weight, className })} />
}
