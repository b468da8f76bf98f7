import type { LoadView } from '#lib/ledger/model/views.ts'
import { formatCount } from '../ui/format.ts'

/** "sent 5,000 · confirmed 5,000 · seen 4,998" */
export function loadWords({ sent, confirmed, failed, seen }: LoadView): string {
  const parts = [`sent ${formatCount(sent)}`, `confirmed ${formatCount(confirmed)}`]
  if (failed > 0) parts.push(`failed ${formatCount(failed)}`)
  return [...parts, `seen ${formatCount(seen)}`].join(' · ')
}

const STATE: Record<LoadView['state'], string> = {
  running: 'Running',
  done: 'Done',
  stopped: 'Stopped',
  failed: 'Stopped: the broker went away',
}

/** "Done: 5,000 in 2.1 s, 2,381 a second" */
export function loadStateWords({ state, sent, startedAt, endedAt }: LoadView): string {
  if (endedAt === undefined || sent === 0) return STATE[state]
  const seconds = Math.max(endedAt - startedAt, 1) / 1_000
  return `${STATE[state]}: ${formatCount(sent)} in ${seconds.toFixed(1)} s, ${formatCount(sent / seconds)} a second`
}
