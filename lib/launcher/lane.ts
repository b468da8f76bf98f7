import { setTimeout as sleep } from 'node:timers/promises'
import { type Environment, ProbeError, type Recipe } from '#lib/brokers/recipe.ts'
import type { BrokerReason } from '#lib/protocol/status.ts'
import { backoffMs } from '#lib/util/backoff.ts'
import type { KeptBroker } from './kept-broker.ts'
import { endpointAt, type Found, look, type Search } from './look.ts'
import type { LaunchReport } from './report.ts'
import { StartFailure } from './start-failure.ts'
import { tellingLine } from './telling-line.ts'

const PROBE_TIMEOUT_MS = 3_000
const RETRY_FIRST_MS = 500
const RETRY_MAX_MS = 5_000
const WATCH_EVERY_MS = 500
const KEEPER_GONE = 'the process that watches over it was killed'

export interface LaneOptions {
  recipe: Recipe
  env: Environment
  /** This system's own folder. */
  folder: string
  allowInstall: boolean
  keep: boolean
  emit(report: LaunchReport): void
}

/** One system's search for a broker, and its hold on the one it found. `close` ends both. */
export interface Lane {
  start(): void
  /** Looks again, unless it is looking or has one. */
  retry(): void
  close(): Promise<void>
}

type Report = LaunchReport extends infer R
  ? R extends LaunchReport
    ? Omit<R, 'system' | 'elapsedMs'>
    : never
  : never
type State = 'idle' | 'looking' | 'up' | 'failed' | 'closed'

const reasonOf = (error: unknown): BrokerReason => {
  if (error instanceof ProbeError || error instanceof StartFailure) return error.reason
  return { code: 'start-failed', text: error instanceof Error ? error.message : String(error) }
}

export function createLane(options: LaneOptions): Lane {
  const { recipe, env, folder } = options
  const abort = new AbortController()
  const hasAborted = () => abort.signal.aborted
  let state: State = 'idle'
  let kept: KeptBroker | undefined
  let begun = performance.now()
  let looking: Promise<void> = Promise.resolve()
  let watching: Promise<void> = Promise.resolve()

  const emit = (report: Report) => {
    if (hasAborted()) return
    options.emit({
      ...report,
      system: recipe.system,
      elapsedMs: Math.round(performance.now() - begun),
    } as LaunchReport)
  }
  const pause = (ms: number) => sleep(ms, undefined, { signal: abort.signal }).catch(() => undefined)
  const search: Search = {
    ...{ recipe, env, folder, allowInstall: options.allowInstall, signal: abort.signal },
    say: (phase, what) => emit({ phase, what }),
  }

  /** A broker that somebody else runs is asked until it answers; each new reason is told once. */
  const askUntilUp = async (url: string): Promise<Found | undefined> => {
    let told = ''
    for (let tries = 0; !hasAborted(); tries += 1) {
      try {
        const { version } = await recipe.probe(url, PROBE_TIMEOUT_MS)
        return { version, endpoint: endpointAt(search, url, 'environment') }
      } catch (error) {
        const reason = reasonOf(error)
        if (reason.text !== told) emit({ phase: 'failed', reason, hints: hintsForUrl() })
        told = reason.text
        await pause(backoffMs(tries, RETRY_FIRST_MS, RETRY_MAX_MS))
      }
    }
    return undefined
  }
  const hintsForUrl = () => [
    { where: 'It is named by the environment', command: `unset ${recipe.urlVariable}` },
    ...recipe.hints,
  ]

  const find = async (): Promise<Found | undefined> => {
    const url = env[recipe.urlVariable]
    if (!url) return look(search)
    emit({ phase: 'looking', what: `where ${recipe.urlVariable} says` })
    return askUntilUp(url)
  }

  const fail = (reason: BrokerReason) => {
    state = 'failed'
    const log =
      reason.code === 'start-failed' ? [{ where: 'Its log', command: `tail ${folder}/broker.log` }] : []
    emit({ phase: 'failed', reason, hints: [...log, ...recipe.hints] })
  }

  /** Its keeper starts it again when it dies; when the keeper gives up, or is killed itself, that is told here. */
  const watch = async (broker: KeptBroker) => {
    while (!hasAborted() && kept === broker) {
      const now = broker.state()
      const gaveUp = now?.phase === 'failed'
      if (now && !gaveUp && broker.isKept()) {
        await pause(WATCH_EVERY_MS)
        continue
      }
      kept = undefined
      await broker.release()
      const line = tellingLine(now?.lastLines ?? [])
      fail({
        code: 'start-failed',
        text: `${gaveUp ? `it kept dying (${now.reason})` : KEEPER_GONE}${line && ': '}${line}`,
      })
      // A killed keeper leaves a broker that nobody would end: looking again ends it and starts a new one.
      if (!gaveUp) begin()
    }
  }

  const take = async (found: Found) => {
    if (hasAborted()) {
      await found.kept?.release()
      return
    }
    kept = found.kept
    if (options.keep) await kept?.keepForGood()
    state = 'up'
    emit({ phase: 'up', endpoint: found.endpoint, version: found.version })
    if (kept) watching = watch(kept).catch((error: unknown) => fail(reasonOf(error)))
  }

  const run = async () => {
    try {
      const found = await find()
      if (found) await take(found)
    } catch (error) {
      fail(reasonOf(error))
    }
  }
  const begin = () => {
    if (state === 'looking' || state === 'up' || state === 'closed') return
    state = 'looking'
    begun = performance.now()
    looking = run()
  }

  const close = async () => {
    state = 'closed'
    abort.abort()
    await kept?.release()
    await looking
    await watching
  }
  let closing: Promise<void> | undefined
  return {
    start: begin,
    retry: begin,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}
