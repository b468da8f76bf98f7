import type { PaneRow } from '#lib/ledger/model/views.ts'

/** How far back a rate looks. */
const WINDOW_MS = 1_000
/** How finely: a sample is kept at most this often, so that the list stays short. */
const STEP_MS = 50

/** How much a rising counter rose within the last second. Feed it whenever the counter is looked at. */
export interface Rate {
  /** Notes the counter's value and returns its rise over the last second. */
  sample(count: number, nowMs: number): number
}

export function createRate(): Rate {
  const samples: Array<{ at: number; count: number }> = []
  return {
    sample(count, nowMs) {
      const last = samples.at(-1)
      if (last && count < last.count) samples.length = 0
      if (!last || nowMs - last.at >= STEP_MS || samples.length === 0) samples.push({ at: nowMs, count })
      while (samples.length > 1 && (samples[1]?.at ?? nowMs) <= nowMs - WINDOW_MS) samples.shift()
      const first = samples[0]
      if (!first || samples.length === 1) return 0
      return count - first.count
    },
  }
}

/**
 * Arrivals a second among a pane's rows, over the second up to `at` by the clock of the events, however the page came to
 * show that moment. Where the rows held do not go back so far, over what they cover.
 */
export function rateAt(rows: readonly PaneRow[], dropped: number, at: number): number {
  let count = 0
  let since = at
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    const row = rows[index]
    if (row?.type !== 'delivery') continue
    if (row.delivery.at <= at - WINDOW_MS) return count
    count += 1
    since = Math.min(since, row.delivery.at)
  }
  return dropped === 0 || since === at ? count : Math.round((count * WINDOW_MS) / (at - since))
}
