import type { ModeProfile } from '#lib/brokers/contract.ts'
import type { GhostView, VerdictView } from '#lib/ledger/model/trace-views.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { type GhostWords, ghostWords } from './ghosts.ts'
import { listed } from './sentence.ts'
import { ENDED } from './verdicts.ts'

/** What the first minute sends while somebody is away. */
export const AWAY_TEXT = 'And this, while some are away?'

interface LaneGot {
  label: string
  mode: Mode
  consumerNoun: string
  verdict: VerdictView
}

const KEPT = ', and it is kept'

/** What a lane did with the message, in a few words that say the difference of the modes. */
export function laneGotWords({ label, mode, consumerNoun, verdict }: LaneGot): string {
  switch (verdict.kind) {
    case 'got': {
      const kept = mode === 'log' ? KEPT : ''
      if (verdict.shape === 'queue') return `${label}: one ${consumerNoun} got it${kept}`
      if (verdict.groups) return `${label}: one of each group got it${kept}`
      if (verdict.got === verdict.of && verdict.of > 1) return `${label}: every ${consumerNoun} got it${kept}`
      return `${label}: ${verdict.got} of ${verdict.of} got it${kept}`
    }
    case 'stored':
    case 'passed':
      return `${label} keeps it, and nobody has it yet`
    case 'unheard':
      return `${label}: nobody listened, and no copy is kept`
    case 'ended':
      return `${label}: it ${ENDED[verdict.end.how]}`
    case 'waiting':
    case 'none':
    case 'not-sent':
      return `${label} has not got it`
    default:
      return `${label}: see what it says`
  }
}

/** What a crash means for what the consumer had, from what its mode can do. */
export function crashedWords(name: string, { can, unackedAfterCrash, noun }: ModeProfile): string {
  const cut = `${name} is cut off without a goodbye`
  if (can.settle && can.keepsForAbsent) {
    return unackedAfterCrash === 'pending'
      ? `${cut}: what it had acknowledged stays done, the rest stays pending`
      : `${cut}: what it had acknowledged stays done, the rest goes back to the ${noun}`
  }
  return can.keepsForAbsent ? `${cut}: what comes now waits for it` : `${cut}: what comes now is lost to it`
}

/** What its being away meant, once it is there again. */
export function backWords(name: string, { can }: ModeProfile): string {
  if (!can.keepsForAbsent) return `${name} is back: what came meanwhile is lost to it`
  return can.settle
    ? `${name} is back, and takes what comes next`
    : `${name} is back, and gets what came meanwhile`
}

export const resumedWords = (name: string): string => `${name} takes messages in again`

export const pausedWords = (name: string): string => `${name} takes nothing in, and stays connected`

/** How somebody who is or was away stands to the message that was sent meanwhile. */
export function awayWords(
  number: number,
  ghost: GhostView | undefined,
  words: GhostWords,
  isBack: boolean,
): string {
  const { consumer } = words
  if (!ghost) return isBack ? `${consumer} is back, and has #${number}` : `${consumer} has #${number}`
  const reason =
    ghost.why === 'other-consumer'
      ? `${ghost.consumer} has #${number}`
      : `#${number} ${ghostWords(ghost, words) ?? 'was not sent here'}`
  const who = isBack ? `${consumer} is back` : `${consumer} has none`
  return `${who}: ${reason.replace(/\.$/, '')}`
}

/** The difference that the minute was about. */
export const CLOSING = 'A queue gives each message to one, a fan-out to all who are there, a log keeps it.'

const ALIKE: Record<'fanout' | 'log', string> = {
  fanout: 'These fan-outs look alike until somebody is late.',
  log: 'These logs look alike until somebody is late.',
}

export const alikeWords = (mode: 'fanout' | 'log'): string => ALIKE[mode]

/** Who came late to a log. */
export const replayWords = (names: readonly string[]): string =>
  `${names.length > 2 ? 'Some' : listed([...new Set(names)])} came late: the log still has what was missed.`
