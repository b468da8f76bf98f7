import type { Connection } from './connection.ts'
import { deliveryOf, type HeldEntry } from './metadata.ts'
import type { Pending } from './replies.ts'
import type { SharedStream } from './stream-group.ts'
import { deadLetter, type StreamWorker } from './stream-settle.ts'
import type { WorkerView } from './worker.ts'

/** A worker reclaims so often within the time after which an entry may be claimed, within these bounds. */
const RECLAIMS_PER_IDLE_TIME = 5
const MIN_INTERVAL_MS = 100
const MAX_INTERVAL_MS = 1_000

export function reclaimEveryMs(shared: SharedStream): number {
  const ms = shared.settings().claimIdleMs / RECLAIMS_PER_IDLE_TIME
  return Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, ms))
}

/**
 * Resets the idle time of what the worker holds, claims what has been idle for too long (as XAUTOCLAIM does, but never
 * from itself, and knowing how often each entry was delivered), and gives up on what was delivered too often. Throws the
 * raw error.
 */
export async function reclaim(
  parts: StreamWorker,
  connection: Connection,
  worker: WorkerView<HeldEntry>,
  isStopped: () => boolean,
): Promise<void> {
  const { shared, group, me } = parts
  const { ackMode, heartbeat } = worker.settings()
  const unacked = () => new Set(worker.held().map(({ item }) => item.id))
  const held = unacked()
  if (heartbeat && held.size > 0) await group.touch(connection, [...held])
  // A worker that acknowledges nothing has nothing pending, and takes over nothing that is.
  if (ackMode === 'none' || isStopped()) return
  const { claimIdleMs, maxAttempts } = shared.settings()
  const idle = await group.idle(connection, claimIdleMs)
  if (isStopped()) return
  const mine = unacked()
  const found = idle.filter(({ id, consumer }) => consumer !== me || !mine.has(id))
  const isExhausted = ({ count }: Pending) => parts.isQueue && maxAttempts > 0 && count >= maxAttempts
  await giveUpOn(parts, connection, worker, found.filter(isExhausted))
  const wanted = found.filter((one) => !isExhausted(one)).slice(0, Math.max(0, worker.room()))
  if (wanted.length > 0 && !isStopped()) await claim(parts, connection, worker, wanted)
  for (const name of [...shared.departed]) {
    if (await group.leave(connection, name)) shared.departed.delete(name)
  }
}

async function claim(
  { shared, group, stream }: StreamWorker,
  connection: Connection,
  worker: WorkerView<HeldEntry>,
  wanted: readonly Pending[],
): Promise<void> {
  const counts = new Map(wanted.map(({ id, count }) => [id, count]))
  const claimed = await group.claim(connection, [...counts.keys()], shared.settings().claimIdleMs)
  for (const entry of claimed) {
    const attempt = (counts.get(entry.id) ?? 0) + 1
    const delivery = deliveryOf(entry, { address: shared.address, stream }, attempt)
    if (delivery) worker.take(delivery)
  }
}

/** These were delivered often enough and never acknowledged: their workers crashed, or were too slow. */
async function giveUpOn(
  parts: StreamWorker,
  connection: Connection,
  worker: WorkerView<HeldEntry>,
  exhausted: readonly Pending[],
): Promise<void> {
  if (exhausted.length === 0) return
  const { shared, group, stream } = parts
  const counts = new Map(exhausted.map(({ id, count }) => [id, count]))
  for (const entry of await group.claim(connection, [...counts.keys()], shared.settings().claimIdleMs)) {
    const attempt = counts.get(entry.id) ?? 0
    const delivery = deliveryOf(entry, { address: shared.address, stream }, attempt)
    if (!delivery) continue
    const reason = `not acknowledged, at attempt ${attempt}`
    const deadLettered = await deadLetter(parts, connection, delivery.item, reason)
    if (deadLettered) worker.emit(deadLettered)
    else worker.fault('given-up', `entry ${entry.id} was given up on and is gone from the queue: ${reason}`)
  }
}
