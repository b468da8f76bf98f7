import { setTimeout as sleep } from 'node:timers/promises'
import { type Environment, type NamedBroker, VariableFault } from '#lib/brokers/environment.ts'
import { ProbeError, type Recipe } from '#lib/brokers/recipe.ts'
import type { BrokerFault, BrokerFaults } from '#lib/protocol/faults.ts'
import type { BrokerReason } from '#lib/protocol/status.ts'
import { backoffMs } from '#lib/util/backoff.ts'
import { once } from '#lib/util/once.ts'
import { createFaultMaker } from './fault-maker.ts'
import { type FoundBroker, findBroker, type Search } from './find-broker.ts'
import type { LaunchReport } from './launch-report.ts'
import { lastErrorLine, StartFailure } from './start-failure.ts'
import type { SupervisedBroker } from './supervised-broker.ts'

const PROBE_TIMEOUT_MS = 3_000
const RETRY_FIRST_MS = 500
const RETRY_MAX_MS = 5_000
const WATCH_EVERY_MS = 500
const SUPERVISOR_GONE = 'the process that watches over it was killed'

export interface BrokerLaunchOptions {
  recipe: Recipe
  env: Environment
  /** This system's own folder. */
  folder: string
  allowInstall: boolean
  keep: boolean
  emit(report: LaunchReport): void
  /** Called with the first ones and with each change. */
  emitFaults(faults: BrokerFaults): void
}

/** The search for one system's broker, and the use of the one it found. `close` ends both. */
export interface BrokerLaunch {
  start(): void
  /** Searches again, unless it is searching or has a broker. */
  retry(): void
  /** As `Launcher.fault`. */
  fault(fault: BrokerFault): Promise<void>
  close(): Promise<void>
}

type Step = LaunchReport extends infer R
  ? R extends LaunchReport
    ? Omit<R, 'system' | 'elapsedMs'>
    : never
  : never
type State = 'idle' | 'searching' | 'up' | 'failed' | 'closed'

const reasonOf = (error: unknown): BrokerReason => {
  if (error instanceof ProbeError || error instanceof StartFailure) return error.reason
  if (error instanceof VariableFault) return { code: 'misconfigured', text: error.message }
  return { code: 'start-failed', text: error instanceof Error ? error.message : String(error) }
}

/** Resolves after `ms` milliseconds, or at once when the signal aborts. */
const pause = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => undefined)

/** Probes a broker that somebody else runs until it answers; reports each new reason once. Undefined when aborted. */
async function probeUntilUp(
  { recipe, signal }: Search,
  named: NamedBroker,
  report: (step: Step) => void,
): Promise<FoundBroker | undefined> {
  const unset = { where: 'It is named by the environment', command: `unset ${recipe.urlVariable}` }
  let reported = ''
  for (let tries = 0; !signal.aborted; tries += 1) {
    try {
      const { version } = await recipe.probe(named.url, PROBE_TIMEOUT_MS, named.security)
      return { version, endpoint: { ...named, origin: 'environment' } }
    } catch (error) {
      const reason = reasonOf(error)
      if (reason.text !== reported) report({ phase: 'failed', reason, hints: [unset, ...recipe.hints] })
      reported = reason.text
      await pause(backoffMs(tries, RETRY_FIRST_MS, RETRY_MAX_MS), signal)
    }
  }
  return undefined
}

/**
 * The broker that the environment names, or else whichever can be found or started. Undefined when aborted. Throws
 * VariableFault: a broker that was named wrongly is not replaced by another one.
 */
async function findNamedOrOwn(
  search: Search,
  report: (step: Step) => void,
): Promise<FoundBroker | undefined> {
  const { recipe, env } = search
  const named = recipe.fromEnvironment(env)
  if (!named) return findBroker(search)
  report({ phase: 'looking', what: `where ${recipe.urlVariable} says` })
  return probeUntilUp(search, named, report)
}

function hintsFor({ recipe, folder }: Search, reason: BrokerReason) {
  const log = { where: 'Its log', command: `tail ${folder}/broker.log` }
  // Nothing needs to be started where a variable only has to be mended.
  if (reason.code === 'misconfigured') return recipe.hints.filter(({ command }) => command.includes('='))
  return reason.code === 'start-failed' ? [log, ...recipe.hints] : [...recipe.hints]
}

/** Resolves with how its supervision ended; undefined when the signal aborted. The supervisor restarts a broker that dies. */
async function supervisionEnd(broker: SupervisedBroker, signal: AbortSignal, onLook: () => void) {
  while (!signal.aborted) {
    onLook()
    const state = broker.state()
    const gaveUp = state?.phase === 'failed'
    if (!state || gaveUp || !broker.isSupervised()) {
      const line = lastErrorLine(state?.lastLines ?? [])
      const what = gaveUp ? `it kept dying (${state.reason})` : SUPERVISOR_GONE
      return { gaveUp, text: `${what}${line && ': '}${line}` }
    }
    await pause(WATCH_EVERY_MS, signal)
  }
  return undefined
}

/** Searches when asked to, and watches over what it finds. Whoever creates it closes it. */
export function createBrokerLaunch(options: BrokerLaunchOptions): BrokerLaunch {
  const { recipe } = options
  const abort = new AbortController()
  const { signal } = abort
  let state: State = 'idle'
  let supervised: SupervisedBroker | undefined
  let begunAt = performance.now()
  let searching: Promise<void> = Promise.resolve()
  let watching: Promise<void> = Promise.resolve()

  const report = (step: Step) => {
    if (signal.aborted) return
    const elapsedMs = Math.round(performance.now() - begunAt)
    options.emit({ ...step, system: recipe.system, elapsedMs } as LaunchReport)
  }
  const faults = createFaultMaker(options.emitFaults)
  const search: Search = {
    ...options,
    signal,
    report: (phase, what) => report({ phase, what }),
  }

  const fail = (reason: BrokerReason) => {
    state = 'failed'
    report({ phase: 'failed', reason, hints: hintsFor(search, reason) })
  }
  const watch = async (broker: SupervisedBroker) => {
    const end = await supervisionEnd(broker, signal, faults.look)
    if (!end) return
    supervised = undefined
    faults.use(undefined)
    await broker.release()
    fail({ code: 'start-failed', text: end.text })
    // A killed supervisor leaves a broker that nobody would end: a new search ends it and starts another.
    if (!end.gaveUp) begin()
  }
  const use = async (found: FoundBroker) => {
    if (signal.aborted) return found.supervised?.release()
    supervised = found.supervised
    faults.use(found)
    if (options.keep) await supervised?.keepRunning()
    state = 'up'
    report({ phase: 'up', endpoint: found.endpoint, version: found.version })
    if (supervised) watching = watch(supervised).catch((error: unknown) => fail(reasonOf(error)))
  }
  const run = async () => {
    try {
      const found = await findNamedOrOwn(search, report)
      if (found) await use(found)
    } catch (error) {
      fail(reasonOf(error))
    }
  }
  const begin = () => {
    if (state === 'searching' || state === 'up' || state === 'closed') return
    state = 'searching'
    begunAt = performance.now()
    searching = run()
  }
  const close = async () => {
    state = 'closed'
    abort.abort()
    await supervised?.release()
    await searching
    await watching
  }
  return { start: begin, retry: begin, fault: faults.make, close: once(close) }
}
