import type { MadeFault, NotOurs } from '#lib/protocol/faults.ts'
import { formatLatency } from '../ui/format.ts'

const NOT_OURS: Readonly<Record<NotOurs, (label: string) => string>> = {
  environment: (label) => `The environment names this ${label}: it is not the dashboard’s to stop.`,
  listening: (label) => `This ${label} ran before the dashboard came: it is not the dashboard’s to stop.`,
  container: (label) => `This ${label} runs in a container, which the dashboard cannot freeze.`,
  shared: (label) => `Another dashboard uses this ${label} too.`,
  'not-started': (label) => `The dashboard has not started ${label}.`,
}

/** Why no fault may be made on a broker. */
export const notOursWords = (reason: unknown, label: string): string =>
  typeof reason === 'string' && Object.hasOwn(NOT_OURS, reason)
    ? NOT_OURS[reason as NotOurs](label)
    : `${label} is not the dashboard’s to stop.`

/** How it is done to a broker or to a consumer's line, and how it is undone. */
const VERBS: Readonly<Record<MadeFault['what'], { did: string; ended: string }>> = {
  pause: { did: 'paused', ended: 'resumed' },
  kill: { did: 'killed', ended: 'restarted' },
  slow: { did: 'slowed the line of', ended: 'mended the line of' },
  freeze: { did: 'froze the line of', ended: 'mended the line of' },
  cut: { did: 'cut the line of', ended: '' },
  poison: { did: 'sent a poison message to', ended: '' },
  skip: { did: 'skipped what it failed at for', ended: '' },
}

/** A fault that somebody made, as one event: who did what to whom. */
export function madeWords(made: MadeFault, whom: string): string {
  const { what, phase, by = 'Somebody', number, latencyMs, jitterMs = 0 } = made
  const { did, ended } = VERBS[what]
  if (phase === 'ends') {
    return made.by === undefined ? `${whom}: the fault is over` : `${by} ${ended} ${whom}`
  }
  const uneven = jitterMs > 0 ? `, up to ${formatLatency(jitterMs)} more` : ''
  const how = latencyMs === undefined ? '' : ` by ${formatLatency(latencyMs)} each way${uneven}`
  const which = number === undefined ? '' : `: #${number}`
  return `${by} ${did} ${whom}${how}${which}`
}
