import type { Draft, ModeManifest } from '#lib/brokers/contract.ts'
import { wasAborted } from './receipts.ts'
import type { Lane, Life, Pane } from './state.ts'

/** What passed on a lane where nothing is kept, so that each consumer is told how much it missed while it was away. */

/** Whether every consumer is due a copy, so that its absence can be told from being left out. */
function isForAll(life: Life, mode: ModeManifest): boolean {
  const { lane } = life
  const { key, headers } = life.message.content
  // Partitions share out readers, not listeners: each of these reads all of them.
  if (mode.can.key === null || mode.can.key === 'partition-key') return true
  if (!mode.preview) return mode.can.key !== 'routing-key' && !key
  if (key || headers) return reachesAll(lane, mode.preview, { key: key ?? '', headers: headers ?? {} })
  // Most messages have neither, and there are thousands a second of them: asked once until the lane changes.
  if (lane.plainForAll?.version !== lane.version) {
    const answer = reachesAll(lane, mode.preview, { key: '', headers: {} })
    lane.plainForAll = { version: lane.version, answer }
  }
  return lane.plainForAll.answer
}

/** By what they listen to, as if all of them were there. */
function reachesAll(
  lane: Lane,
  preview: NonNullable<ModeManifest['preview']>,
  said: Pick<Draft, 'key' | 'headers'>,
): boolean {
  const consumers = lane.order.map(({ consumer }) => ({ ...consumer, state: 'attached' as const }))
  const place = { settings: lane.destination?.settings ?? {}, consumers, facts: null }
  const reached = preview({ ...said, settings: {} }, place)
  return reached.kind === 'consumers' && consumers.every(({ name }) => reached.names.includes(name))
}

/** Counts the message among those that passed, once it is known that it did and that all were due a copy. */
export function notePass(life: Life): void {
  const mode = life.lane.modeManifest
  if (life.pass !== 0 || !mode || mode.can.keepsForAbsent || wasAborted(life)) return
  if (life.message.content.number === null || !isForAll(life, mode)) return
  life.lane.book.passed += 1
  life.pass = life.lane.book.passed
}

/** What passed and came after all is not missed. */
export function noteHad(life: Life, pane: Pane): void {
  const { book } = pane
  book.from ??= life.pass > 0 ? life.pass - 1 : life.lane.book.passed
  if (life.pass <= book.from) return
  book.had += 1
  if (life.pass <= book.returnedAt) book.missed -= 1
}
