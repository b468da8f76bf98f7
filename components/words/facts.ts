import type { Facts, FanoutFacts, LogFacts, QueueFacts } from '#lib/protocol/facts.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { formatCount, formatSpan, plural } from '../ui/format.ts'

/** One fact from the broker, as a name and a text. `loud`: an outside program acts here, or something goes wrong. */
export interface FactLine {
  name: string
  says: string
  loud?: boolean
}

const KIB = 1_024
const MIB = KIB * KIB

/** `512 bytes`, `4.1 MB`: with one decimal from a thousand on. */
export function sizeWords(bytes: number): string {
  if (bytes < KIB) return `${bytes} bytes`
  return bytes < MIB ? `${(bytes / KIB).toFixed(1)} kB` : `${(bytes / MIB).toFixed(1)} MB`
}

/** "1 outside": programs that are not this room's. Null where there is none or the broker does not say. */
export const outsideWords = (count: number | null): string | null =>
  count ? `${formatCount(count)} outside` : null

const known = (count: number | null): string => (count === null ? 'not reported' : formatCount(count))

/** "up to 5 s old"; null where the figure is as fresh as the rest. */
export const unackedAgeWords = ({ unackedMaxAgeMs }: QueueFacts): string | null =>
  unackedMaxAgeMs === null ? null : `up to ${formatSpan(unackedMaxAgeMs)} old`

function pendingLine({ consumer, outside, count, idleMs }: QueueFacts['pending'][number]): FactLine {
  const idle = idleMs === null || count === 0 ? '' : `, oldest for ${formatSpan(idleMs)}`
  const who = outside ? `${consumer}, outside` : consumer
  return { name: who, says: `${formatCount(count)} unsettled${idle}`, loud: outside }
}

function queueLines(facts: QueueFacts): FactLine[] {
  const { deadLetters } = facts
  const lines: FactLine[] = [
    { name: 'Ready', says: known(facts.ready) },
    { name: 'Unacked', says: [known(facts.unacked), unackedAgeWords(facts)].filter(Boolean).join(', ') },
    { name: 'Consumers', says: known(facts.consumers) },
  ]
  if (facts.outside) lines.push({ name: 'Of those outside', says: formatCount(facts.outside), loud: true })
  if (facts.durable !== null) lines.push({ name: 'Survives a restart', says: facts.durable ? 'yes' : 'no' })
  if (deadLetters)
    lines.push({ name: 'Dead letters', says: `${known(deadLetters.ready)} in ${deadLetters.queue}` })
  for (const { partition, low, end, committed } of facts.partitions) {
    lines.push({ name: `p${partition}`, says: `${low} to ${end}, committed ${committed ?? 'nothing yet'}` })
  }
  return [...lines, ...facts.pending.map(pendingLine)]
}

function fanoutLines(facts: FanoutFacts): FactLine[] {
  const lines: FactLine[] = [{ name: 'Listening', says: known(facts.subscribers) }]
  if (facts.outside) lines.push({ name: 'Of those outside', says: formatCount(facts.outside), loud: true })
  if (facts.patterns !== null) lines.push({ name: 'By pattern', says: formatCount(facts.patterns) })
  if (facts.partitions !== null) lines.push({ name: 'Partitions', says: formatCount(facts.partitions) })
  if (facts.unrouted) {
    lines.push({
      name: 'Taken by no binding',
      says: `${known(facts.unrouted.ready)} in ${facts.unrouted.queue}`,
    })
  }
  for (const { consumer, messages } of facts.waiting)
    lines.push({ name: consumer, says: `${known(messages)} waiting` })
  for (const { consumer, bytes } of facts.outputBuffers) {
    lines.push({ name: consumer, says: `${sizeWords(bytes)} buffered`, loud: bytes > 0 })
  }
  return [...lines, ...facts.bindings.map(bindingLine)]
}

function bindingLine({ consumer, to, key, arguments: given }: FanoutFacts['bindings'][number]): FactLine {
  const says = [key === '' ? 'no key' : key, given].filter(Boolean).join(', ')
  return consumer === null
    ? { name: `${to}, outside`, says: `bound by ${says}`, loud: true }
    : { name: consumer, says: `bound by ${says}` }
}

function groupLines(group: LogFacts['groups'][number]): FactLine[] {
  const { state, members, lag, generation } = group
  const parts = [state, `lag ${known(lag)}`, generation === null ? '' : `generation ${generation}`]
  return [
    { name: group.group, says: parts.filter(Boolean).join(', ') },
    ...members.map(({ consumer, clientId, outside, partitions }) => ({
      name: outside ? `${clientId}, outside` : (consumer ?? clientId),
      says: partitions.length === 0 ? 'no partition' : partitions.map((one) => `p${one}`).join(' '),
      loud: outside,
    })),
  ]
}

function logLines(facts: LogFacts): FactLine[] {
  const lines: FactLine[] = facts.partitions.map(({ partition, low, end, last }) => ({
    name: facts.partitions.length > 1 ? `p${partition}` : 'Kept',
    says: `${low} to ${end}${last === undefined ? '' : `, newest ${last}`}`,
  }))
  if (facts.retentionMs !== null) lines.push({ name: 'Kept for', says: formatSpan(facts.retentionMs) })
  const readers = facts.readers.map(({ consumer, position, lag }) => ({
    name: consumer,
    says: `reads ${position ?? 'from the end'} next, lag ${known(lag)}`,
  }))
  return [...lines, ...facts.groups.flatMap(groupLines), ...readers]
}

/** Everything the broker reports about a destination, line by line. */
export function factLines(facts: Facts): FactLine[] {
  switch (facts.mode) {
    case 'queue':
      return queueLines(facts)
    case 'fanout':
      return fanoutLines(facts)
    case 'log':
      return logLines(facts)
    default:
      return unreachable(facts)
  }
}

/** How many outside programs act on a destination, as far as the broker says. */
export function outsideCount(facts: Facts): number {
  if (facts.mode !== 'log') return facts.outside ?? 0
  return facts.groups.flatMap(({ members }) => members).filter(({ outside }) => outside).length
}

/** "subscriber-2: 4.1 MB buffered": the consumer with the largest output buffer. Null while all are empty. */
export function slowestWords(facts: FanoutFacts): string | null {
  const slowest = facts.outputBuffers.toSorted((a, b) => b.bytes - a.bytes)[0]
  return slowest && slowest.bytes > 0 ? `${slowest.consumer}: ${sizeWords(slowest.bytes)} buffered` : null
}

/** How many messages wait in all consumers' queues together; null where the broker does not say. */
export function waitingSum(facts: FanoutFacts): number | null {
  const counts = facts.waiting.flatMap(({ messages }) => (messages === null ? [] : [messages]))
  return counts.length < facts.waiting.length ? null : counts.reduce((sum, count) => sum + count, 0)
}

export const outsideNote = (count: number): string =>
  `${plural(count, 'program')} outside ${count === 1 ? 'acts' : 'act'} here too`
