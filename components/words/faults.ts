import type { MadeFault, NotOurs } from '#lib/protocol/faults.ts'
import { formatLatency, formatSpan, plural } from '../ui/format.ts'

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
  skip: { did: 'skipped a record for', ended: '' },
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

/** What a fault led to, as far as it is said. */
export interface SaidEffects {
  /** Null: it is over as it happens. */
  lastedMs: number | null
  isOver: boolean
  /** Consumers that lost their place at the broker, by what they are called there. */
  away: ReadonlyMap<string, { count: number; still: number }>
  /** How long one was away, at the longest. */
  awayMs: number
  /** Messages that are lost to a consumer, because the broker keeps none for it. */
  missed: number
  /** Messages that a consumer has not got while its line holds them back. */
  late: number
  /** Messages that its line held back and let through, and by how much the slowest of them came late. */
  delayed: number
  delayMs: number
  /** Messages that were delivered again. */
  again: number
  uncertain: number
  refused: number
  rebalances: number
}

const DONE: Readonly<Record<MadeFault['what'], string>> = {
  pause: 'paused',
  kill: 'killed',
  slow: 'slowed',
  freeze: 'frozen',
  cut: 'cut',
  poison: 'given a poison message',
  skip: 'moved past a record',
}

/** Below it, whole seconds say too little. */
const SHORT_MS = 10_000
const durationWords = (ms: number): string => (ms < SHORT_MS ? formatLatency(ms) : formatSpan(ms))

/** `3 subscribers away`, `2 workers still away`, `3 subscribers away, 1 of them still`; of one consumer's line `away for 1,240 ms`, `away`. */
function awayWords({ away, awayMs, isOver }: SaidEffects, isLine: boolean): string[] {
  return Array.from(away, ([noun, { count, still }]) => {
    if (isLine) return still > 0 ? 'away' : `away for ${durationWords(awayMs)}`
    if (isOver && still === count) return `${plural(count, noun)} still away`
    return `${plural(count, noun)} away${still > 0 && still < count ? `, ${still} of them still` : ''}`
  })
}

/** The consequences, most to the point first; what did not happen is left out. */
function effectWords(effects: SaidEffects, isLine: boolean): string[] {
  const { missed, late, delayed, delayMs, again, uncertain, refused, rebalances } = effects
  const words = [
    ...awayWords(effects, isLine),
    ...(missed > 0 ? [`${plural(missed, 'message')} missed`] : []),
    ...(late > 0 ? [`${plural(late, 'message')} not through yet`] : []),
    ...(delayed > 0
      ? [`${plural(delayed, 'message')} late by ${delayed > 1 ? 'up to ' : ''}${durationWords(delayMs)}`]
      : []),
    ...(again > 0 ? [`${plural(again, 'message')} delivered again`] : []),
    ...(uncertain > 0 ? [`${plural(uncertain, 'send')} uncertain`] : []),
    ...(refused > 0 ? [`${plural(refused, 'send')} refused`] : []),
    ...(rebalances > 0 ? [plural(rebalances, 'rebalance')] : []),
  ]
  if (words.length > 0) return words
  return [isLine ? 'it stayed connected' : 'nobody away']
}

/**
 * A fault that somebody made with its cause and its effects: "Redis paused by anna: 12 s, 3 subscribers away, 4 messages
 * missed". `label`: the broker's name; `consumer`: whose line it is.
 */
export function faultWords(
  made: MadeFault,
  label: string,
  consumer: string | undefined,
  effects: SaidEffects,
): string {
  const { what, by, latencyMs, jitterMs = 0 } = made
  const whom = consumer === undefined ? label : `${consumer}’s line`
  const uneven = jitterMs > 0 ? `, up to ${formatLatency(jitterMs)} more` : ''
  const how = latencyMs === undefined ? '' : ` by ${formatLatency(latencyMs)} each way${uneven}`
  const { lastedMs, isOver } = effects
  const lasted = lastedMs === null ? [] : [`${durationWords(lastedMs)}${isOver ? '' : ' so far'}`]
  const parts = [...lasted, ...effectWords(effects, consumer !== undefined)]
  return `${whom} ${DONE[what]}${how}${by === undefined ? '' : ` by ${by}`}: ${parts.join(', ')}`
}
