import type { Cell } from './cells.ts'
import { type Percentiles, percentiles, round } from './support/stats.ts'
import { openEcho, openWatcher } from './support/watcher.ts'

/** Long enough that processes, sockets and timers are at rest again, as between two messages of a person. */
const PAUSE_MS = 11
/** Enough for a p99 that eight slow samples decide. */
const SAMPLES = 800
const WARM_UP = 200

/** One message at a time, milliseconds; what the dashboard adds beside the broker's and the socket's own trips. */
export interface LoneMessage {
  bare: Percentiles
  echo: Percentiles
  through: Percentiles
  added: Percentiles
}

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS))

/**
 * Round trips of one message with a pause after each, by the bare client, the Socket.IO echo and the dashboard by turns: what a lone
 * message costs. A loop without pauses hides it, for everything is warm and awake there.
 */
export async function measureLoneMessages(
  cells: readonly Cell[],
  echoPort: number,
  dashboardUrl: string,
): Promise<Record<string, LoneMessage>> {
  const echo = await openEcho(echoPort)
  const figures: Record<string, LoneMessage> = {}
  for (const cell of cells) {
    const watcher = await openWatcher(dashboardUrl, cell.room)
    const samples = { bare: [] as number[], echo: [] as number[], through: [] as number[] }
    for (let turn = -WARM_UP; turn < SAMPLES; turn += 1) {
      await pause()
      const bareMs = await cell.bare.roundTrip()
      await pause()
      const echoMs = await echo.roundTrip()
      await pause()
      const throughMs = await watcher.roundTrip(cell)
      if (turn < 0) continue
      samples.bare.push(bareMs)
      samples.echo.push(echoMs)
      samples.through.push(throughMs)
    }
    watcher.close()
    figures[cell.key] = summarise(samples)
  }
  echo.close()
  return figures
}

function summarise(samples: { bare: number[]; echo: number[]; through: number[] }): LoneMessage {
  const bare = percentiles(samples.bare)
  const echo = percentiles(samples.echo)
  const through = percentiles(samples.through)
  const added = { p50: through.p50 - bare.p50 - echo.p50, p99: through.p99 - bare.p99 - echo.p99 }
  return { bare, echo, through, added }
}

/** Prints the figures as a table for a person. */
export function printLoneMessages(figures: Record<string, LoneMessage>): void {
  console.log(
    `\nA lone message, ${PAUSE_MS} ms apart, ms: bare client · Socket.IO echo · through the dashboard · what that adds to both`,
  )
  const rows = Object.entries(figures).flatMap(([key, { bare, echo, through, added }]) =>
    (['p50', 'p99'] as const).map((p) => [
      `${key} ${p}`,
      { bare: round(bare[p]), echo: round(echo[p]), through: round(through[p]), added: round(added[p]) },
    ]),
  )
  console.table(Object.fromEntries(rows))
}
