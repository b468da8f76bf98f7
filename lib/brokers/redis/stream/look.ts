import type { Link } from '../link.ts'
import type { LineView } from '../worker-line.ts'
import type { Pending } from './group.ts'
import { arrivalOf, type Item } from './item.ts'
import { bury, type SettlingParts } from './settle.ts'

/** So many looks fall into the time after which an entry is abandoned, within these bounds. */
const LOOKS_PER_IDLE = 5
const MIN_LOOK_MS = 100
const MAX_LOOK_MS = 1_000

/**
 * A worker looks around now and then: it tells Redis that it is at work on what it holds, claims what nobody has touched
 * for too long (as XAUTOCLAIM does, but never from itself, and knowing how often each was handed out), and gives up on
 * what was handed out too often. Returns a function that ends it.
 */
export function startLooking(parts: SettlingParts, link: Link, view: LineView<Item>): () => void {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const every = () => {
    const ms = parts.place.settings().claimIdleMs / LOOKS_PER_IDLE
    return Math.min(MAX_LOOK_MS, Math.max(MIN_LOOK_MS, ms))
  }
  const look = async () => {
    try {
      await lookOnce(parts, link, view, () => stopped)
    } catch (error) {
      if (!stopped) view.onFailed(error)
    }
    if (!stopped) timer = setTimeout(() => void look(), every())
  }
  void look()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

async function lookOnce(
  parts: SettlingParts,
  link: Link,
  view: LineView<Item>,
  isStopped: () => boolean,
): Promise<void> {
  const { place, membership, me } = parts
  const { ackMode, heartbeat } = view.settings()
  const inHand = () => new Set(view.held().map(({ item }) => item.id))
  const held = inHand()
  if (heartbeat && held.size > 0) await membership.touch(link, [...held])
  // Who acknowledges nothing has nothing pending, and takes over nothing that is.
  if (ackMode === 'none' || isStopped()) return
  const { claimIdleMs, maxAttempts } = place.settings()
  const idle = await membership.abandoned(link, claimIdleMs)
  if (isStopped()) return
  const mine = inHand()
  const found = idle.filter(({ id, consumer }) => consumer !== me || !mine.has(id))
  const isExhausted = ({ count }: Pending) => parts.isQueue && maxAttempts > 0 && count >= maxAttempts
  await giveUpOn(parts, link, view, found.filter(isExhausted))
  const wanted = found.filter((one) => !isExhausted(one)).slice(0, Math.max(0, view.room()))
  if (wanted.length > 0 && !isStopped()) await claim(parts, link, view, wanted)
  for (const name of [...place.departed]) {
    if (await membership.exit(link, name)) place.departed.delete(name)
  }
}

async function claim(
  { place, membership, stream }: SettlingParts,
  link: Link,
  view: LineView<Item>,
  wanted: readonly Pending[],
): Promise<void> {
  const counts = new Map(wanted.map(({ id, count }) => [id, count]))
  const claimed = await membership.claim(link, [...counts.keys()], place.settings().claimIdleMs)
  for (const entry of claimed) {
    const attempt = (counts.get(entry.id) ?? 0) + 1
    const arrival = arrivalOf(entry, { address: place.address, stream }, attempt)
    if (arrival) view.take(arrival)
  }
}

/** They were handed out often enough and nobody acknowledged them: whoever held them crashed, or was too slow. */
async function giveUpOn(
  parts: SettlingParts,
  link: Link,
  view: LineView<Item>,
  exhausted: readonly Pending[],
): Promise<void> {
  if (exhausted.length === 0) return
  const { place, membership, stream } = parts
  const { claimIdleMs } = place.settings()
  const counts = new Map(exhausted.map(({ id, count }) => [id, count]))
  for (const entry of await membership.claim(link, [...counts.keys()], claimIdleMs)) {
    const attempt = counts.get(entry.id) ?? 0
    const arrival = arrivalOf(entry, { address: place.address, stream }, attempt)
    if (!arrival) continue
    const reason = `not acknowledged, at attempt ${attempt}`
    const buried = await bury(parts, link, arrival.item, reason)
    if (buried) view.emit(buried)
    else view.fault('given-up', `entry ${entry.id} was given up on and is gone from the queue: ${reason}`)
  }
}
