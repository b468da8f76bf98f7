import { withoutCredentials } from '#lib/util/credentials.ts'
import { type Line, progressLine } from './bootstrap/progress-line.mjs'
import type { LaunchReport } from './launch-report.ts'

const STILL_EVERY_MS = 10_000
const ORIGINS = {
  environment: 'named by the environment',
  listening: 'found running',
  child: 'started here',
  compose: 'started in a container',
} as const

/** Shows a person at the terminal how far each broker is. `close` ends its timer. */
export interface Progress {
  show(report: LaunchReport): void
  /** Prints, once, that the page can be used, and what else there is to say of it: at least one broker is up. */
  pageReady(url: string, more?: string): void
  close(): void
}

export interface ProgressOptions {
  /** How people write each system's name. */
  labels: Readonly<Record<string, string>>
  write?(text: string): void
  isTty?: boolean
}

const wordsOf = (report: LaunchReport): Pick<Line, 'tone' | 'phase' | 'text'> => {
  switch (report.phase) {
    case 'looking':
    case 'installing':
    case 'starting':
      return { tone: 'busy', phase: report.phase, text: report.what }
    case 'up': {
      const { address, origin } = report.endpoint
      return { tone: 'good', phase: 'up', text: `${address} · ${report.version} · ${ORIGINS[origin]}` }
    }
    case 'failed':
      return { tone: 'bad', phase: 'not up', text: report.reason.text }
  }
}

/** One line for each step of each broker, with the time it took so far; a part that takes long says that it still works. */
export function createProgress(options: ProgressOptions): Progress {
  const write = options.write ?? ((text: string) => void process.stdout.write(text))
  const isTty = options.isTty ?? process.stdout.isTTY === true
  const underWay = new Map<string, { line: Line; since: number }>()
  let isAnnounced = false

  const print = (line: Line) => write(`${withoutCredentials(progressLine(line, isTty))}\n`)
  const still = setInterval(() => {
    for (const { line, since } of underWay.values()) {
      const elapsedMs = (line.elapsedMs ?? 0) + performance.now() - since
      print({ ...line, elapsedMs, phase: 'still', text: `${line.phase} ${line.text ?? ''}` })
    }
  }, STILL_EVERY_MS)
  still.unref()

  return {
    show(report) {
      const part = options.labels[report.system] ?? report.system
      const line: Line = { part, elapsedMs: report.elapsedMs, ...wordsOf(report) }
      print(line)
      if (line.tone === 'busy') underWay.set(report.system, { line, since: performance.now() })
      else underWay.delete(report.system)
      if (report.phase !== 'failed') return
      for (const { where, command } of report.hints) {
        print({ tone: 'note', part: '', phase: '', text: `${where}: ${command}` })
      }
    },
    pageReady(url, more) {
      if (isAnnounced) return
      isAnnounced = true
      write(`\n  Switchboard is at ${url}\n\n${more === undefined ? '' : `${more}\n\n`}`)
    },
    close: () => clearInterval(still),
  }
}
