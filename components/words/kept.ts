import type { KeptView } from '#lib/ledger/model/trace-views.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { formatCount } from '../ui/format.ts'
import { listed } from './sentence.ts'

/** What the words depend on besides what is kept. */
export interface KeptWords {
  /** "RabbitMQ" */
  label: string
  /** "queue" */
  noun: string
  mode: Mode
}

/** More names than this become a count. */
const NAMES_MAX = 2

const queuesOf = (of: readonly string[]): string =>
  of.length <= NAMES_MAX
    ? `the ${of.length === 1 ? 'queue' : 'queues'} of ${listed(of)}`
    : `${formatCount(of.length)} subscribers’ queues`

/** What the broker still keeps of a message, in one word or two; null where there is nothing to say. */
export function keptWord(kept: KeptView | null, { mode }: Pick<KeptWords, 'mode'>): string | null {
  switch (kept?.where) {
    case undefined:
      return null
    case 'ready':
      return 'in queue'
    case 'unacked':
      return 'until ack'
    case 'queues':
      return kept.of.length === 1 ? '1 queue' : `${formatCount(kept.of.length)} queues`
    case 'log':
      return mode === 'log' ? 'in log' : 'stored'
    case 'settled':
      return 'acked, stays'
    case 'dead-letters':
      return 'dead letter'
    case 'nowhere':
      return 'no copy'
    case 'unknown':
      return 'not known'
    default:
      return unreachable(kept)
  }
}

/** The same as a sentence: "RabbitMQ keeps it until worker-1 acknowledges it." Empty where there is nothing to say. */
export function keptSentence(kept: KeptView | null, { label, noun }: KeptWords): string {
  switch (kept?.where) {
    case undefined:
      return ''
    case 'ready':
      return `${label} keeps it: it waits in the ${noun}.`
    case 'unacked':
      return `${label} keeps it until ${kept.by} acknowledges it.`
    case 'queues':
      return `${label} keeps it in ${queuesOf(kept.of)}.`
    case 'log':
      return `${label} keeps it in the ${noun}, also for those who come later.`
    case 'settled':
      return `${label} keeps it in the ${noun}, though it is acknowledged and handed out no more.`
    case 'dead-letters':
      return `${label} keeps it among the dead letters${kept.to === null ? '' : ` in ${kept.to}`}.`
    case 'nowhere':
      return `${label} keeps no copy of it.`
    case 'unknown':
      return `Whether ${label} still has it is not known.`
    default:
      return unreachable(kept)
  }
}
