import type { SystemProfile } from '#lib/brokers/contract.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { hueStyle } from './look.ts'

export type IconName =
  | 'send'
  | 'pause'
  | 'play'
  | 'step'
  | 'step-back'
  | 'minus'
  | 'crash'
  | 'clock'
  | 'check'
  | 'x'
  | 'redo'
  | 'user'
  | 'phone'
  | 'key'
  | 'down'
  | 'left'
  | 'right'
  | 'share'
  | 'theme'
  | 'screen'
  | 'copy'
  | 'plus'
  | 'away'
  | 'inbox'
  | 'more'
  | 'share-out'
  | 'outside'
  | 'slow'
  | 'rewind'
  | 'dead'
  | 'load'
  | 'options'
  | 'search'
  | 'record'
  | 'step-on'
  | 'download'

interface IconProps {
  name: IconName
  /** Another size than 16 px, a margin, a colour. */
  className?: string
}

/** Sizes are attributes, so that any class has the last word over them. */
export const Icon = ({ name, className = '' }: IconProps) => (
  <svg
    className={className}
    width="16"
    height="16"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.5"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    <use href={`#i-${name}`} />
  </svg>
)

/** A broker's own shape in its own hue; its name always stands beside it. */
export const Glyph = ({ manifest, className = '' }: { manifest: SystemProfile; className?: string }) => (
  <svg
    className={`text-hue ${className}`}
    width="20"
    height="20"
    aria-hidden="true"
    style={hueStyle(manifest)}
  >
    <use href={`#${manifest.look.glyph}`} />
  </svg>
)

export const ModeMark = ({ mode, className = '' }: { mode: Mode; className?: string }) => (
  <svg className={className} width="16" height="16" fill="currentColor" aria-hidden="true">
    <use href={`#m-${mode}`} />
  </svg>
)

export const Logo = ({ className = '' }: { className?: string }) => (
  <svg className={className} width="28" height="28" aria-hidden="true">
    <use href="#logo" />
  </svg>
)
