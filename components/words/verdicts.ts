import type { VerdictView } from '#lib/ledger/model/trace-views.ts'
import type { EndView } from '#lib/ledger/model/views.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { formatNumber, plural } from '../ui/format.ts'
import { type Sentence, sentence } from './sentence.ts'

/** What the sentences depend on besides the verdict. */
export interface LaneWords {
  /** "RabbitMQ" */
  label: string
  /** "worker" */
  consumerNoun: string
  mode: Mode
  /** How many consumers the lane has. */
  consumers: number
}

type Got = Extract<VerdictView, { kind: 'got' }>

const SHAPE: Record<Got['shape'], string> = {
  queue: ': a queue',
  fanout: ': fan-out',
  log: ': a log',
  single: '',
  mixed: '',
}

function gotCount({ shape, groups, got, of }: Got): string {
  if (shape !== 'log' || !groups) return `${got} of ${of}`
  return groups.got === groups.of ? '1 per group' : `${groups.got} of ${groups.of} groups`
}

function gotWords(verdict: Got): Sentence {
  const message = formatNumber(verdict.number)
  const verb = verdict.finished ? 'finished' : 'got'
  const rest = verdict.passed.length === 0 ? SHAPE[verdict.shape] : `: ${pastWords(verdict.passed)}`
  return { strong: gotCount(verdict), aside: `${verb} ${message}`, rest }
}

/** "analytics is past it": a group whose position is beyond a message that it did not receive. */
const pastWords = (groups: readonly string[]): string =>
  groups.length === 1 ? `${groups[0]} is past it` : `${groups.length} groups are past it`

/** The same as a count, where there is no room for names. */
const pastCount = (groups: number): string => `${plural(groups, 'group')} past it`

function gotScore({ got, of, shape, groups, passed }: Got, consumerNoun: string): Sentence {
  const count = `${got} of ${of}`
  if (passed.length > 0) return sentence(count, pastCount(passed.length))
  return sentence(count, shape === 'log' && groups ? 'one per group' : `${consumerNoun}s`)
}

function elsewhereWords(heardBy: number | null, message: string): Sentence {
  return heardBy === null
    ? sentence('Nobody here', `heard ${message}: only programs outside were there`)
    : sentence('Nobody here', `heard ${message}: ${heardBy} outside did`)
}

const WAITS: Record<Mode, string> = {
  queue: 'it waits in the queue',
  fanout: 'it is kept, but nobody was there for it',
  log: 'it is kept in the log',
}

export const ENDED: Record<EndView['how'], string> = {
  expired: 'expired',
  'dead-lettered': 'was dead-lettered',
  trimmed: 'was trimmed away',
}

/** The lane's sentence about the traced message, at the end of the rail. */
export function verdictWords(verdict: VerdictView, lane: LaneWords, number: number | null): Sentence {
  const message = formatNumber(number)
  switch (verdict.kind) {
    case 'none':
      return sentence('', 'Nothing sent yet')
    case 'not-sent':
      return sentence('', `${message} was not sent here`)
    case 'waiting':
      return sentence('', `${message} is on its way`)
    case 'refused':
      return sentence('Refused', `${message}: ${verdict.reason}`)
    case 'returned':
      return sentence('Came back', `${message}: ${verdict.reason}`)
    case 'uncertain':
      return sentence('Unknown', `${message} may or may not have arrived`)
    case 'stored':
      return sentence(`0 of ${verdict.of}`, `got ${message} yet: ${WAITS[lane.mode]}`)
    case 'passed':
      return sentence(`0 of ${verdict.of}`, `got ${message}: ${pastWords(verdict.groups)}`)
    case 'unheard':
      return sentence('Nobody', `heard ${message}: 0 listening, no copy kept`)
    case 'aborted':
      return sentence('Aborted', `${message}: readers of committed records skip it`)
    case 'elsewhere':
      return elsewhereWords(verdict.heardBy, message)
    case 'left-unseen':
      return sentence('Nobody here', `got ${message}: it left the queue unseen`)
    case 'ended':
      return sentence('Nobody here', `got ${message}: it ${ENDED[verdict.end.how]}`)
    case 'got':
      return gotWords(verdict)
    default:
      return unreachable(verdict)
  }
}

/** The lane's sentence while this browser still holds the message. */
export const heldVerdictWords = (number: number | null, of: number): Sentence =>
  sentence(`0 of ${of}`, `have ${formatNumber(number)}: it is held here`)

/** One broker's entry in the receipt: a score and what it counts. */
export function scoreWords(verdict: VerdictView, lane: LaneWords): Sentence {
  switch (verdict.kind) {
    case 'none':
      return sentence('', `${lane.consumerNoun}s`)
    case 'not-sent':
      return sentence('', 'not sent here')
    case 'waiting':
      return sentence('', 'on its way')
    case 'refused':
      return sentence('refused', verdict.reason)
    case 'returned':
      return sentence('came back', verdict.reason)
    case 'uncertain':
      return sentence('unknown', 'may have arrived')
    case 'stored':
      return sentence(`0 of ${verdict.of}`, 'waits there')
    case 'passed':
      return sentence(`0 of ${verdict.of}`, pastCount(verdict.groups.length))
    case 'unheard':
      return sentence('0', 'heard it')
    case 'aborted':
      return sentence('aborted', 'readers skip it')
    case 'elsewhere':
      return sentence(`0 of ${lane.consumers}`, 'it went outside')
    case 'left-unseen':
      return sentence('0', 'left unseen')
    case 'ended':
      return sentence('0', ENDED[verdict.end.how])
    case 'got':
      return gotScore(verdict, lane.consumerNoun)
    default:
      return unreachable(verdict)
  }
}

export const heldScoreWords = (): Sentence => sentence('held', 'not sent yet')
