import type { Manifest } from '#lib/brokers/contract.ts'
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
  | 'key'
  | 'down'
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

export const Icon = ({ name }: { name: IconName }) => (
  <svg className="i" aria-hidden="true">
    <use href={`#i-${name}`} />
  </svg>
)

/** A broker's own shape in its own hue; its name always stands beside it. */
export const Glyph = ({ manifest }: { manifest: Manifest }) => (
  <svg className="g" aria-hidden="true" style={hueStyle(manifest)}>
    <use href={`#${manifest.look.glyph}`} />
  </svg>
)

export const ModeMark = ({ mode }: { mode: Mode }) => (
  <svg className="m" aria-hidden="true">
    <use href={`#m-${mode}`} />
  </svg>
)

export const Logo = () => (
  <svg className="logo" aria-hidden="true">
    <use href="#logo" />
  </svg>
)
