import type { ModeProfile } from '#lib/brokers/contract.ts'
import type { GhostView, VerdictView } from '#lib/ledger/model/trace-views.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { ghostWords } from './ghosts.ts'
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

/** What a mode is, for somebody who never heard of it. */
const MODE_SENTENCE: Record<Mode, string> = {
  queue: 'A queue gives each message to one of its consumers',
  fanout: 'A fan-out gives a copy to everybody who is there, and keeps none',
  log: 'A log keeps every message in order, and its readers remember how far they have read',
}

const KEPT = ', and it is kept'

/** What a lane did with the message, in a few words that say the difference of the modes. */
export function laneGotWords({ label, mode, consumerNoun, verdict }: LaneGot): string {
  switch (verdict.kind) {
    case 'got': {
      const kept = mode === 'log' ? KEPT : ''
      const plain = MODE_SENTENCE[mode]
      if (verdict.groups) return `${label}: one of each group got it${kept}. ${plain}`
      if (verdict.shape === 'queue') return `${label}: one ${consumerNoun} got it${kept}. ${plain}`
      if (verdict.got === verdict.of && verdict.of > 1)
        return `${label}: every ${consumerNoun} got it${kept}. ${plain}`
      return `${label}: ${verdict.got} of ${verdict.of} got it${kept}. ${plain}`
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

export const pausedWords = (names: readonly string[]): string =>
  `${listed(names)} ${names.length > 1 ? 'take nothing in, and stay' : 'takes nothing in, and stays'} connected`

interface AwayWords {
  number: number
  /** Why the one who was taken away has not got the message; absent where it has. */
  ghost: GhostView | undefined
  consumer: string
  isBack: boolean
  /** Who has it. */
  holders: readonly string[]
  lane: Pick<LaneGot, 'label' | 'mode' | 'consumerNoun'>
}

/** How a destination, one of whose consumers is or was away, stands to the message that was sent meanwhile. */
export function awayWords({ number, ghost, consumer, isBack, holders, lane }: AwayWords): string {
  const message = `#${number}`
  const { label, mode } = lane
  if (!ghost) {
    return mode === 'log'
      ? `${label}: ${consumer} reads on where it stopped, and has ${message}`
      : `${label}: ${consumer} has ${message}`
  }
  switch (ghost.why) {
    case 'other-consumer':
    case 'other-partition': {
      const [one] = holders
      if (one === undefined) return `${label}: ${message} waits`
      return mode === 'log'
        ? `${label}: ${one} reads on where it stopped, and has ${message}`
        : `${label}: another ${lane.consumerNoun}, ${one}, took ${message} while ${consumer} was away`
    }
    case 'absent-gone': {
      const got = holders.length === 0 ? '' : `, and ${listed(holders)} got it`
      const missed = `${consumer} missed ${message}: it was away, and nothing keeps it`
      return isBack
        ? `${label}: ${consumer} is back, and ${message} is lost to it: nothing kept it`
        : `${label}: ${missed}${got}`
    }
    case 'paused':
      return mode === 'log'
        ? `${label}: ${message} waits in the log, until a reader reads on`
        : `${label}: ${message} waits while ${consumer} is paused`
    default: {
      const reason =
        ghostWords(ghost, { label, consumerNoun: lane.consumerNoun, consumer }) ?? 'was not sent here'
      return `${label}: ${message} ${reason.replace(/\.$/, '')}`
    }
  }
}

/** The difference that the minute was about. */
export const CLOSING =
  'So: a queue gives each message to one, a fan-out only to those who are there, a log keeps it for all.'

const ALIKE: Record<'fanout' | 'log', string> = {
  fanout: 'These fan-outs look alike until somebody is late.',
  log: 'These logs look alike until somebody is late.',
}

export const alikeWords = (mode: 'fanout' | 'log'): string => ALIKE[mode]

/** Who came late to a log. */
export const replayWords = (names: readonly string[]): string =>
  `${names.length > 2 ? 'Some' : listed([...new Set(names)])} came late: the log still has what was missed.`
