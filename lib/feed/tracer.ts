import type { Trace } from './feed.ts'

/** How long a trace stays before another person's message may take it. */
const HOLD_MS = 4_000
/** More own sends within a second than this are not followed one by one. */
const OWN_SENDS_MAX_PER_SECOND = 5
const SECOND_MS = 1_000

/** Decides which one message all views point out. */
export interface Tracer {
  readonly trace: Trace
  /** This browser's own send becomes the trace at once, unless one is pinned or the sends come too fast to follow. */
  own(messageId: string): void
  /** The room's newest message becomes the trace when the present one is not pinned and has been shown long enough. */
  offer(newest: string | undefined): void
  pin(messageId: string | null): void
  /** Ends its timer. */
  close(): void
}

/** `onDue` is called when a message that had to wait may be offered again. */
export function createTracer(now: () => number, onChange: () => void, onDue: () => void): Tracer {
  let trace: Trace = { messageId: null, pinned: false, since: 0 }
  let ownSends: number[] = []
  let timer: ReturnType<typeof setTimeout> | undefined

  const set = (next: Trace): void => {
    clearTimeout(timer)
    timer = undefined
    trace = next
    onChange()
  }
  const take = (messageId: string): void => set({ messageId, pinned: false, since: now() })
  const heldFor = (): number => (trace.messageId === null ? 0 : trace.since + HOLD_MS - now())

  return {
    get trace() {
      return trace
    },
    own: (messageId) => {
      const at = now()
      ownSends = [...ownSends.filter((sent) => sent > at - SECOND_MS), at].slice(
        -OWN_SENDS_MAX_PER_SECOND - 1,
      )
      const isTooFast = ownSends.length > OWN_SENDS_MAX_PER_SECOND
      if (trace.pinned || (isTooFast && heldFor() > 0)) return
      take(messageId)
    },
    offer: (newest) => {
      if (newest === undefined || newest === trace.messageId || trace.pinned) return
      const waitMs = heldFor()
      if (waitMs <= 0) {
        take(newest)
        return
      }
      timer ??= setTimeout(() => {
        timer = undefined
        onDue()
      }, waitMs)
    },
    pin: (messageId) => {
      if (messageId === null) set({ ...trace, pinned: false })
      else set({ messageId, pinned: true, since: now() })
    },
    close: () => clearTimeout(timer),
  }
}
