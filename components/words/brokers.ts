import type { ModeProfile, SystemProfile } from '#lib/brokers/contract.ts'
import { isConnected } from '#lib/protocol/connected.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { secondsUntil } from '../ui/format.ts'
import { listed } from './sentence.ts'

/**
 * A broker's state in one word. `reconnecting` is a connection that was there or was tried before; `not known` is for a
 * page that has lost the dashboard itself.
 */
export type StatusWord =
  | 'up'
  | 'paused'
  | 'blocked'
  | 'connecting'
  | 'reconnecting'
  | 'starting'
  | 'down'
  | 'not known'

export function statusWord(status: BrokerStatus | undefined): StatusWord {
  if (!status) return 'connecting'
  // Its connections stand, and nothing answers on them.
  if (isConnected(status) && status.faults?.now === 'paused') return 'paused'
  if (status.status !== 'connecting') return status.status
  const code = status.reason?.code
  if (code === 'installing' || code === 'starting') return 'starting'
  return code === 'lost' || code === 'refused' || (status.tries ?? 0) > 0 ? 'reconnecting' : 'connecting'
}

/** "try 3, next in 2 s" for the lane's head; empty when no retry is due. */
export function tryWords(status: BrokerStatus, now: number): string {
  const parts: string[] = []
  if (status.tries) parts.push(`try ${status.tries}`)
  if (status.nextTryAt !== undefined) parts.push(`next in ${secondsUntil(status.nextTryAt, now)} s`)
  return parts.join(', ')
}

export interface TroubleWords {
  title: string
  /** What was tried and what came of it, without a full stop, because the raw text follows in brackets. */
  body: string
  /** The broker's or system's own words. */
  raw: string | null
}

/** What is wrong with a broker that is not up: what was tried, and what it answered. */
export function troubleWords(status: BrokerStatus, label: string): TroubleWords {
  const at = status.address ? ` at ${status.address}` : ''
  const raw = status.reason?.text || null
  const code = status.reason?.code ?? 'connecting'
  const stands = status.faults?.now
  if (stands !== undefined) {
    const body =
      stands === 'killed' ? 'It stays down until somebody restarts it' : 'Nothing answers until it is resumed'
    return { title: `${label} was ${stands} on purpose`, body, raw }
  }
  switch (code) {
    case 'looking':
      return { title: `Looking for ${label}`, body: `Trying what usually answers${at}`, raw }
    case 'installing':
      return { title: `Installing ${label}`, body: 'It is not on this machine yet', raw }
    case 'starting':
      return { title: `${label} is starting`, body: 'It answers as soon as it is ready', raw }
    case 'connecting':
      return { title: `Connecting to ${label}`, body: `Waiting for an answer${at}`, raw }
    case 'refused':
      return { title: notAnswering(status, label), body: `Nothing answers${at}`, raw }
    case 'lost':
      return { title: `${label} is not answering`, body: `The connection${at} broke`, raw }
    case 'not-found':
      return {
        title: `${label} is not on this machine`,
        body: `Nothing answers${at}, and no program was found`,
        raw,
      }
    case 'start-failed':
      return { title: `${label} did not start`, body: 'It ended before it was ready', raw }
    case 'wrong-protocol':
      return { title: `That is not ${label}`, body: `Something else answers${at}`, raw }
    case 'authentication':
      return {
        title: `${label} refused the login`,
        body: `It answers${at}, but not to this name and password`,
        raw,
      }
    case 'blocked':
      return {
        title: `${label} takes no messages`,
        body: 'It answers, and hands out what it has, but for now it refuses what is sent',
        raw,
      }
    case 'certificate':
      return {
        title: `${label} is not trusted`,
        body: `It answers${at} over TLS, but with a certificate that the dashboard does not trust`,
        raw,
      }
    case 'misconfigured':
      return {
        title: `${label} is not set up right`,
        body: 'A variable of the environment cannot be used: set it right, then start Switchboard again',
        raw,
      }
    case 'stopped':
      return { title: `${label} was stopped`, body: `Nothing answers${at}`, raw }
    default:
      return unreachable(code)
  }
}

const notAnswering = (status: BrokerStatus, label: string): string =>
  status.status === 'down' ? `${label} is not running` : `${label} is not answering`

/** What the loss means for this lane's consumers, from what the mode can do. */
export function meaningWords(mode: ModeProfile): string {
  const consumers = `${mode.consumerNoun[0]?.toUpperCase()}${mode.consumerNoun.slice(1)}s`
  if (mode.can.commit) return `${consumers} resume at their committed offsets.`
  if (mode.can.lossyWithoutListeners)
    return `${consumers} come back by themselves; what is sent meanwhile is not kept.`
  return `${consumers} come back by themselves; the ${mode.noun} may have lost what it held in memory.`
}

/** "Redis and Kafka go on." Empty when nothing else is up. */
export function othersWords(
  manifests: readonly SystemProfile[],
  isUp: (manifest: SystemProfile) => boolean,
): string {
  const labels = manifests.filter(isUp).map(({ label }) => label)
  if (labels.length === 0) return ''
  return `${listed(labels)} ${labels.length === 1 ? 'goes' : 'go'} on.`
}
