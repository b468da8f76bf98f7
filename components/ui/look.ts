import type { CSSProperties } from 'react'
import type { SystemProfile } from '#lib/brokers/contract.ts'
import type { Mode } from '#lib/protocol/names.ts'

/** Inline styles with variables that a stylesheet computes with. */
export type Variables = CSSProperties & Record<`--${string}`, string>

/** A broker's hue as the variables that component styles use, from the token its manifest names. */
export const hueStyle = ({ look }: Pick<SystemProfile, 'look'>): Variables => ({
  '--hue': `var(--${look.hue})`,
  '--hue-tint': `var(--${look.hue}-tint)`,
  '--hue-line': `var(--${look.hue}-line)`,
  '--on-hue': `var(--on-${look.hue})`,
})

export const MODE_LABEL: Record<Mode, string> = { queue: 'Queue', fanout: 'Fan-out', log: 'Log' }
