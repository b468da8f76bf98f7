import type { Fate, FateView, VerdictView, WentTo } from '#lib/ledger/model/trace-views.ts'
import type { EndView } from '#lib/ledger/model/views.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { formatCount, formatNumber, plural } from '../ui/format.ts'
import { MODE_NOUN } from './modes.ts'
import { listed, type Sentence, sentence } from './sentence.ts'

/** What the sentences depend on besides the verdict. */
export interface LaneWords {
  /** "RabbitMQ" */
  label: string
  /** "worker" */
  consumerNoun: string
  mode: Mode
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
  const others = [
    ...(verdict.passed.length === 0 ? [] : [pastWords(verdict.passed)]),
    ...fateClauses(verdict.fates),
  ]
  const rest = others.length === 0 ? SHAPE[verdict.shape] : `: ${others.join(', ')}`
  return { strong: gotCount(verdict), aside: `${verb} ${message}`, rest }
}

/** More names than this become a count. */
const NAMES_MAX = 2

const namesOf = (who: readonly string[]): string =>
  who.length <= NAMES_MAX ? listed(who) : formatCount(who.length)

/** What became of one, and of several. What is on its way needs no word. */
const FATE_CLAUSE: Record<Exclude<Fate, 'coming'>, (who: string, several: boolean) => string> = {
  missed: (who) => `${who} missed it`,
  away: (who) => `it waits for ${who}`,
  paused: (who, several) => `${who} ${several ? 'are' : 'is'} paused`,
  'not-routed': (who, several) => `${who} ${several ? 'listen' : 'listens'} to something else`,
}

/** "subscriber-1 is paused", "subscriber-2 missed it". */
const fateClauses = (fates: readonly FateView[]): string[] =>
  fates.flatMap(({ fate, who }) =>
    fate === 'coming' ? [] : [FATE_CLAUSE[fate](namesOf(who), who.length > 1)],
  )

/** The same as counts, where there is no room for names: "1 missed it". */
const FATE_COUNT: Record<Exclude<Fate, 'coming'>, string> = {
  missed: 'missed it',
  away: 'away',
  paused: 'paused',
  'not-routed': 'not meant',
}

const fateCounts = (fates: readonly FateView[]): string[] =>
  fates.flatMap(({ fate, who }) => (fate === 'coming' ? [] : [`${who.length} ${FATE_COUNT[fate]}`]))

/** "went to announcements, a fan-out": where the message is, when the lane shows another destination. */
function wentWords(to: readonly WentTo[]): string {
  const places = to.map(({ destination, mode }) =>
    mode === null ? `${destination}, which is gone` : `${destination}, ${MODE_NOUN[mode]}`,
  )
  return `went to ${listed(places)}`
}

/** "analytics is past it": a group whose position is beyond a message that it did not receive. */
const pastWords = (groups: readonly string[]): string =>
  groups.length === 1 ? `${groups[0]} is past it` : `${groups.length} groups are past it`

/** The same as a count, where there is no room for names. */
const pastCount = (groups: number): string => `${plural(groups, 'group')} past it`

function gotScore({ got, of, shape, groups, passed, fates }: Got, consumerNoun: string): Sentence {
  const count = `${got} of ${of}`
  const others = [...(passed.length > 0 ? [pastCount(passed.length)] : []), ...fateCounts(fates)]
  if (others.length > 0) return sentence(count, others.join(', '))
  return sentence(count, shape === 'log' && groups ? 'one per group' : `${consumerNoun}s`)
}

function elsewhereWords(of: number, heardBy: number | null, message: string): Sentence {
  const outside = heardBy === null ? 'programs outside may have' : `${heardBy} outside did`
  return sentence(of === 0 ? 'Nobody here' : `0 of ${of}`, `heard ${message}: ${outside}`)
}

/** What a message that is kept waits for, when nobody has it yet. */
function storedWords(of: number, message: string, mode: Mode): Sentence {
  return sentence(of === 0 ? 'Nobody' : `0 of ${of}`, `got ${message} yet: ${WAITS[mode]}`)
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

/** Where no message is pointed out: none was sent, or so many passed that none of them is followed. */
export const nothingWords = (numbered: number): string =>
  numbered === 0 ? 'Nothing sent yet' : `${formatCount(numbered)} sent, none of them followed`

/** The lane's sentence about the traced message, at the end of the rail. */
export function verdictWords(verdict: VerdictView, lane: LaneWords, number: number | null): Sentence {
  const message = formatNumber(number)
  switch (verdict.kind) {
    case 'none':
      return sentence('', 'Nothing sent yet')
    case 'not-sent':
      return sentence(
        '',
        `${message} ${verdict.to.length === 0 ? 'was not sent here' : wentWords(verdict.to)}`,
      )
    case 'waiting':
      return sentence('', `${message} is on its way`)
    case 'nobody':
      return sentence(`0 of ${verdict.of}`, `got ${message}: ${fateClauses(verdict.fates).join(', ')}`)
    case 'refused':
      return sentence('Refused', `${message}: ${verdict.reason}`)
    case 'returned':
      return sentence('Came back', `${message}: ${verdict.reason}`)
    case 'uncertain':
      return sentence('Unknown', `${message} may or may not have arrived`)
    case 'stored':
      return storedWords(verdict.of, message, lane.mode)
    case 'passed':
      return sentence(`0 of ${verdict.of}`, `got ${message}: ${pastWords(verdict.groups)}`)
    case 'unheard':
      return sentence('Nobody', `heard ${message}: 0 listening, no copy kept`)
    case 'aborted':
      return sentence('Aborted', `${message}: readers of committed records skip it`)
    case 'elsewhere':
      return elsewhereWords(verdict.of, verdict.heardBy, message)
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
      return verdict.to.length === 0
        ? sentence('', 'not sent here')
        : sentence('', `went to ${listed(verdict.to.map(({ destination }) => destination))}`)
    case 'waiting':
      return sentence('', 'on its way')
    case 'nobody':
      return sentence(`0 of ${verdict.of}`, fateCounts(verdict.fates).join(', '))
    case 'refused':
      return sentence('refused', verdict.reason)
    case 'returned':
      return sentence('came back', verdict.reason)
    case 'uncertain':
      return sentence('unknown', 'may have arrived')
    case 'stored':
      return sentence(verdict.of === 0 ? 'nobody' : `0 of ${verdict.of}`, 'waits there')
    case 'passed':
      return sentence(`0 of ${verdict.of}`, pastCount(verdict.groups.length))
    case 'unheard':
      return sentence('0', 'heard it')
    case 'aborted':
      return sentence('aborted', 'readers skip it')
    case 'elsewhere':
      return sentence(verdict.of === 0 ? 'nobody' : `0 of ${verdict.of}`, 'here heard it')
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
