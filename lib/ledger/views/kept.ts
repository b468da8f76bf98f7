import { unreachable } from '#lib/util/unreachable.ts'
import { isPublished } from '../model/receipts.ts'
import type { Arrival, DestinationRecord, Life } from '../model/records.ts'
import type { KeptView } from '../model/trace-views.ts'
import { arrivalsOf } from '../store/messages.ts'
import { isHere } from '../store/panes.ts'
import { logPositionOf } from './positions.ts'
import type { Recipients } from './recipients.ts'
import { leftUnseen } from './verdict.ts'

const NO_COPY: KeptView = { where: 'nowhere' }
const NOT_KNOWN: KeptView = { where: 'unknown' }

/**
 * What the broker still keeps of a message, by what events and facts say of it: who has it does not decide that. Null
 * where the broker never took it, or has not answered yet.
 */
export function keptOf(destination: DestinationRecord, life: Life, recipients: Recipients): KeptView | null {
  const store = destination.modeManifest?.drawing.store
  const { ended, receipt } = life
  if (store === undefined) return null
  if (ended) return ended.how === 'dead-lettered' ? { where: 'dead-letters', to: ended.to } : NO_COPY
  const arrivals = arrivalsOf(life).filter(({ fromDeadLetters }) => !fromDeadLetters)
  const isThere = isPublished(life) || life.message.content.outside || arrivals.length > 0
  if (!isThere)
    return receipt?.kind === 'unheard' ? NO_COPY : receipt?.kind === 'uncertain' ? NOT_KNOWN : null
  switch (store) {
    case 'wire':
      return NO_COPY
    case 'log':
      return inLog(destination, life)
    case 'queues':
      return inOwnQueues(recipients)
    case 'queue':
      return inQueue(destination, life, arrivals)
    default:
      return unreachable(store)
  }
}

/** A log keeps what is read; what lies before its oldest position is gone. */
function inLog({ facts }: DestinationRecord, life: Life): KeptView {
  const position = logPositionOf(life)
  if (position === null || !facts || facts.facts.mode === 'fanout') return { where: 'log' }
  const { partitions } = facts.facts
  const low = partitions.find(({ partition }) => partition === position.partition)?.low
  return low !== undefined && Number(low) > position.offset ? NO_COPY : { where: 'log' }
}

/** Each consumer's own queue keeps its copy until the consumer has settled it, and goes with the consumer. */
function inOwnQueues({ all, passedAt }: Recipients): KeptView {
  const holds = all.filter(({ pane, has, last, wasPresent }) => {
    if (has) return has.state === 'in-hand'
    if (!isHere(pane.consumer.state)) return false
    return last?.state === 'requeued' || (last === null && wasPresent && passedAt !== Infinity)
  })
  return holds.length === 0 ? NO_COPY : { where: 'queues', of: holds.map(({ pane }) => pane.consumer.name) }
}

/** Whoever holds it decides, else the newest arrival; where there is none, it lies ready. */
function inQueue(destination: DestinationRecord, life: Life, arrivals: readonly Arrival[]): KeptView {
  const last = arrivals.findLast(({ state }) => state === 'in-hand') ?? arrivals.at(-1)
  if (!last) {
    if (life.waitEnded === 'lost') return NO_COPY
    return leftUnseen(destination, life) || life.waitEnded === 'unknown' ? NOT_KNOWN : { where: 'ready' }
  }
  const by = last.pane.consumer.name
  switch (last.state) {
    case 'in-hand':
      return { where: 'unacked', by }
    case 'lost':
      // A worker that acknowledges nothing had it taken out of the queue for it.
      return destination.modeManifest?.unackedAfterCrash === 'pending'
        ? { where: 'unacked', by }
        : { where: 'ready' }
    case 'requeued':
      return { where: 'ready' }
    case 'unknown':
      return NOT_KNOWN
    case 'acknowledged':
    case 'rejected':
    case 'received':
    case 'read':
    case 'committed':
      return destination.modeManifest?.keepsSettled ? { where: 'settled' } : NO_COPY
    default:
      return unreachable(last.state)
  }
}
