import type { Cell } from './cells.ts'
import { type Percentiles, percentiles, round } from './support/stats.ts'
import { openWatcher } from './support/watcher.ts'

/** Long enough that processes, sockets and timers are at rest again, as between two messages of a person. */
const PAUSE_MS = 11
/** Enough for a p99 that eight slow samples decide. */
const SAMPLES = 800
const WARM_UP = 200

/** One message at a time, milliseconds; what the dashboard adds is the difference. */
export interface LoneMessage {
  bare: Percentiles
  through: Percentiles
  added: Percentiles
}

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS))

/**
 * Round trips of one message with a pause after each, by the bare client and through the dashboard by turns: what a lone
 * message costs. A loop without pauses hides it, for everything is warm and awake there.
 */
export async function measureLoneMessages(
  cells: readonly Cell[],
  dashboardUrl: string,
): Promise<Record<string, LoneMessage>> {
  const figures: Record<string, LoneMessage> = {}
  for (const cell of cells) {
    const watcher = await openWatcher(dashboardUrl, cell.room)
    const [bare, through]: [number[], number[]] = [[], []]
    for (let turn = -WARM_UP; turn < SAMPLES; turn += 1) {
      await pause()
      const bareMs = await cell.bare.roundTrip()
      await pause()
      const throughMs = await watcher.roundTrip(cell)
      if (turn < 0) continue
      bare.push(bareMs)
      through.push(throughMs)
    }
    watcher.close()
    figures[cell.key] = summarise(percentiles(bare), percentiles(through))
  }
  return figures
}

function summarise(bare: Percentiles, through: Percentiles): LoneMessage {
  return { bare, through, added: { p50: through.p50 - bare.p50, p99: through.p99 - bare.p99 } }
}

/** Prints the figures as a table for a person. */
export function printLoneMessages(figures: Record<string, LoneMessage>): void {
  console.log(
    `\nA lone message, ${PAUSE_MS} ms apart, ms: bare client · through the dashboard · the difference`,
  )
  const rows = Object.entries(figures).flatMap(([key, { bare, through, added }]) =>
    (['p50', 'p99'] as const).map((p) => [
      `${key} ${p}`,
      { bare: round(bare[p]), through: round(through[p]), added: round(added[p]) },
    ]),
  )
  console.table(Object.fromEntries(rows))
}
