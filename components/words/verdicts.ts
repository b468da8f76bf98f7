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
    ...(verdict.beyond.length === 0 ? [] : [pastWords(verdict.beyond)]),
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

function gotAside({ shape, groups, beyond, fates }: Got, consumerNoun: string): string {
  const others = [...(beyond.length > 0 ? [pastCount(beyond.length)] : []), ...fateCounts(fates)]
  if (others.length > 0) return others.join(', ')
  return shape === 'log' && groups ? '' : `${consumerNoun}s`
}

/** One fact has one score, wherever it stands: in the lane's sentence, in the receipt, on a lane's tab. */
function scoreOf(verdict: VerdictView): string {
  switch (verdict.kind) {
    case 'none':
    case 'not-sent':
    case 'waiting':
      return ''
    case 'nobody':
    case 'passed':
      return `0 of ${verdict.of}`
    case 'refused':
      return 'Refused'
    case 'returned':
      return 'Came back'
    case 'uncertain':
      return 'Unknown'
    case 'aborted':
      return 'Aborted'
    case 'stored':
      return verdict.of === 0 ? 'Nobody' : `0 of ${verdict.of}`
    case 'unheard':
      return 'Nobody'
    case 'elsewhere':
      return verdict.of === 0 ? 'Nobody here' : `0 of ${verdict.of}`
    case 'left-unseen':
    case 'ended':
      return 'Nobody here'
    case 'got':
      return gotCount(verdict)
    default:
      return unreachable(verdict)
  }
}

const heardOutside = (heardBy: number | null): string =>
  heardBy === null ? 'programs outside may have' : `${heardBy} outside did`

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
  const score = scoreOf(verdict)
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
      return sentence(score, `got ${message}: ${fateClauses(verdict.fates).join(', ')}`)
    case 'refused':
      return sentence(score, `${message}: ${verdict.reason}`)
    case 'returned':
      return sentence(score, `${message}: ${verdict.reason}`)
    case 'uncertain':
      return sentence(score, `${message} may or may not have arrived`)
    case 'stored':
      return sentence(score, `got ${message} yet: ${WAITS[lane.mode]}`)
    case 'passed':
      return sentence(score, `got ${message}: ${pastWords(verdict.groups)}`)
    case 'unheard':
      return sentence(score, `heard ${message}: 0 listening, no copy kept`)
    case 'aborted':
      return sentence(score, `${message}: readers of committed records skip it`)
    case 'elsewhere':
      return sentence(score, `heard ${message}: ${heardOutside(verdict.heardBy)}`)
    case 'left-unseen':
      return sentence(score, `got ${message}: it left the queue unseen`)
    case 'ended':
      return sentence(score, `got ${message}: it ${ENDED[verdict.end.how]}`)
    case 'got':
      return gotWords(verdict)
    default:
      return unreachable(verdict)
  }
}

/** The lane's sentence while this browser still holds the message. */
export const heldVerdictWords = (number: number | null, of: number): Sentence =>
  sentence(`0 of ${of}`, `have ${formatNumber(number)}: it is held here`)

/** One broker's entry in the receipt: the score and what it counts. */
export const scoreWords = (verdict: VerdictView, lane: LaneWords): Sentence =>
  sentence(scoreOf(verdict), asideOf(verdict, lane))

function asideOf(verdict: VerdictView, lane: LaneWords): string {
  switch (verdict.kind) {
    case 'none':
      return `${lane.consumerNoun}s`
    case 'not-sent':
      return verdict.to.length === 0
        ? 'not sent here'
        : `went to ${listed(verdict.to.map(({ destination }) => destination))}`
    case 'waiting':
      return 'on its way'
    case 'nobody':
      return fateCounts(verdict.fates).join(', ')
    case 'refused':
    case 'returned':
      return verdict.reason
    case 'uncertain':
      return 'may have arrived'
    case 'stored':
      return 'waits there'
    case 'passed':
      return pastCount(verdict.groups.length)
    case 'unheard':
      return 'heard it'
    case 'aborted':
      return 'readers skip it'
    case 'elsewhere':
      return 'heard it'
    case 'left-unseen':
      return 'left unseen'
    case 'ended':
      return ENDED[verdict.end.how]
    case 'got':
      return gotAside(verdict, lane.consumerNoun)
    default:
      return unreachable(verdict)
  }
}

export const heldScoreWords = (): Sentence => sentence('held', 'not sent yet')
