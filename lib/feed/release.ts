import type { LedgerViews } from '#lib/ledger/model/ledger-views.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { type Fate, fatesOf } from './fates.ts'
import type { SendRequest } from './feed.ts'
import { goesByItself, type HeldList } from './held-list.ts'
import type { HeldEntry } from './held-store.ts'
import type { Line } from './line.ts'

/** How long the room may take to answer a publish: it waits for a waking room, never for a broker's receipt. */
export const PUBLISH_TIMEOUT_MS = 10_000
/** The server said "down" although its broker counts as up, or did not answer: try again after this. */
const AGAIN_MS = 1_000

type Extras = Pick<SendRequest, 'key' | 'headers' | 'settings'>

/** What rides beside the text, as far as there is any. */
export const extrasOf = ({ key, headers, settings }: Partial<HeldEntry> | SendRequest): Extras => ({
  ...(key === undefined ? {} : { key }),
  ...(headers === undefined ? {} : { headers }),
  ...(settings === undefined ? {} : { settings }),
})

export interface ReleaseOptions {
  list: HeldList
  views: LedgerViews
  line: Pick<Line, 'ready' | 'ask'>
  onSent(id: string): void
}

/** Sends held messages out when their broker and the line are there: in order, one at a time for each system. */
export interface Release {
  /** Looks whether anything can go now. Cheap when nothing is held. */
  wake(): void
  /** The same for everything that goes by itself, though its broker is not known to be up. */
  force(): void
  /** New sends to this system must wait behind held ones that are about to go. */
  inTheWay(system: SystemId): boolean
  close(): void
}

export function createRelease({ list, views, line, onSent }: ReleaseOptions): Release {
  /** Systems being gone through, and whether to go through them once more: a wake-up meanwhile must not be lost. */
  const busy = new Map<SystemId, 'no-more' | 'again' | 'again-forced'>()
  const timers = new Map<SystemId, ReturnType<typeof setTimeout>>()
  let closed = false

  const isUp = (system: SystemId): boolean => views.broker(system)?.status === 'up'

  /** Whether an unanswered send was taken after all, may be offered again under its id, or cannot be known. */
  const settleUnanswered = (entry: HeldEntry): void => {
    if (views.message(entry.id)?.lives.has(entry.system)) list.remove(entry.id, entry.system)
    else if (entry.unansweredIn === views.epoch) list.change(entry, { unansweredIn: null })
    else list.change(entry, { why: 'unconfirmed' })
  }

  const offer = async (entry: HeldEntry): Promise<Fate> => {
    const { id, text, system, destination, sender } = entry
    const epoch = views.epoch
    const input = { id, text, sender, to: [{ system, destination }], ...extrasOf(entry) }
    const answer = await line.ask('message:publish', input, PUBLISH_TIMEOUT_MS)
    const fates = fatesOf(answer)
    const fate = fates.of(system)
    const number = fates.number ?? entry.number
    if (fate.fate === 'sent') list.remove(id, system)
    else if (fate.fate === 'unanswered') list.change(entry, { why: 'offline', unansweredIn: epoch })
    else if (fate.fate === 'offline') list.change(entry, { why: 'offline' })
    else if (fate.fate === 'broker-down') list.change(entry, { why: 'broker-down', number })
    else if (fate.failure.retryAfterMs === undefined) {
      list.change(entry, { why: 'refused', code: fate.failure.code, number })
    }
    if (fate.fate === 'sent') onSent(id)
    return fate
  }

  const again = (system: SystemId, ms: number): void => {
    clearTimeout(timers.get(system))
    if (closed) return
    const timer = setTimeout(() => {
      timers.delete(system)
      start(system, false)
    }, ms)
    timers.set(system, timer)
  }

  const run = async (system: SystemId, forced: boolean): Promise<void> => {
    for (;;) {
      const entry = list.next(system)
      if (!entry || !line.ready || closed) return
      if (entry.unansweredIn !== null) {
        settleUnanswered(entry)
        continue
      }
      if (!forced && !isUp(system)) {
        if (entry.why === 'offline') list.change(entry, { why: 'broker-down' })
        return
      }
      const fate = await offer(entry)
      if (fate.fate === 'sent') continue
      if (fate.fate !== 'refused') {
        if (line.ready) again(system, AGAIN_MS)
        return
      }
      if (fate.failure.retryAfterMs !== undefined) {
        again(system, fate.failure.retryAfterMs)
        return
      }
    }
  }

  const start = (system: SystemId, forced: boolean): void => {
    const before = busy.get(system)
    if (before !== undefined) {
      busy.set(system, forced || before === 'again-forced' ? 'again-forced' : 'again')
      return
    }
    if (timers.has(system) && !forced) return
    clearTimeout(timers.get(system))
    timers.delete(system)
    busy.set(system, 'no-more')
    run(system, forced)
      .finally(() => {
        const more = busy.get(system)
        busy.delete(system)
        if (more === 'again' || more === 'again-forced') start(system, more === 'again-forced')
      })
      .catch((error: unknown) => {
        // Asking never rejects, so this is a bug of ours: it is told where a page's faults are seen.
        queueMicrotask(() => {
          throw error
        })
      })
  }

  const startAll = (forced: boolean): void => {
    if (list.all.length === 0 || !line.ready) return
    for (const system of new Set(list.all.filter(goesByItself).map((entry) => entry.system))) {
      start(system, forced)
    }
  }

  return {
    wake: () => startAll(false),
    force: () => startAll(true),
    inTheWay: (system) => list.next(system) !== undefined && (busy.has(system) || isUp(system)),
    close: () => {
      closed = true
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}
