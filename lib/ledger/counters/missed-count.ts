import type { Draft, ModeManifest } from '#lib/brokers/contract.ts'
import { wasAborted } from '../model/receipts.ts'
import type { DestinationRecord, Life, Pane } from '../model/records.ts'

/**
 * Counts what passes a destination that keeps nothing, so that each consumer learns how much it missed while away. What a
 * consumer misses for other reasons is no part of it (`views/fates.ts`).
 */

/** Whether every consumer is due a copy. Where a key or pattern may leave some out, nobody counts the message as missed. */
function isForAll(life: Life, mode: ModeManifest): boolean {
  const { destination } = life
  const { key, headers } = life.message.content
  // Partitions divide the readers of a group; a fan-out consumer reads all of them.
  if (mode.can.key === null || mode.can.key === 'partition-key') return true
  if (!mode.preview) return mode.can.key !== 'routing-key' && !key
  if (key || headers) return reachesAll(destination, mode.preview, { key: key ?? '', headers: headers ?? {} })
  // Most messages have neither, at thousands a second: the answer is kept until the destination changes.
  if (destination.plainForAll?.version !== destination.version) {
    const answer = reachesAll(destination, mode.preview, { key: '', headers: {} })
    destination.plainForAll = { version: destination.version, answer }
  }
  return destination.plainForAll.answer
}

/** Whether all of them would get it by what they listen to, if all were attached. */
function reachesAll(
  destination: DestinationRecord,
  preview: NonNullable<ModeManifest['preview']>,
  draft: Pick<Draft, 'key' | 'headers'>,
): boolean {
  const consumers = destination.order.map(({ consumer }) => ({ ...consumer, state: 'attached' as const }))
  const target = { settings: destination.declared?.settings ?? {}, consumers, facts: null }
  const reached = preview({ ...draft, settings: {} }, target)
  return reached.kind === 'consumers' && consumers.every(({ name }) => reached.names.includes(name))
}

/** Counts the message among those that passed, once it is known that it did and that every consumer was due a copy. */
export function countPassed(life: Life): void {
  const mode = life.destination.modeManifest
  if (life.passNumber !== 0 || !mode || mode.can.keepsForAbsent || wasAborted(life)) return
  if (life.message.content.number === null || !isForAll(life, mode)) return
  life.destination.tally.passed += 1
  life.passNumber = life.destination.tally.passed
}

/** What passed and arrived after all is not missed. */
export function countReceived(life: Life, pane: Pane): void {
  const { tally } = pane
  tally.passedAtJoin ??= life.passNumber > 0 ? life.passNumber - 1 : life.destination.tally.passed
  if (life.passNumber <= tally.passedAtJoin) return
  tally.received += 1
  if (life.passNumber <= tally.passedAtReturn) tally.missed -= 1
}
