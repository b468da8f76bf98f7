import { relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Recipe } from '#lib/brokers/recipe.ts'
import { type BrokerPorts, forgetPorts } from './ports.ts'
import { lastErrorLine, StartFailure } from './start-failure.ts'
import { type Job, moveDataAside, type SupervisedBroker, superviseBroker } from './supervised-broker.ts'

const PROBE_TIMEOUT_MS = 2_000
const PROBE_EVERY_MS = 40

function failureOf(broker: SupervisedBroker): StartFailure | undefined {
  const state = broker.state()
  if (!state) return new StartFailure(`its folder ${broker.folder} was removed`)
  if (state.phase === 'failed' || state.phase === 'stopped') {
    const line = lastErrorLine(state.lastLines)
    return new StartFailure(`${state.reason}${line === '' ? '' : `: ${line}`}`, state.lastLines)
  }
  return broker.isSupervised() ? undefined : new StartFailure('its supervisor was killed', state.lastLines)
}

/** Its supervisor has started it. Until it says so, whoever answers on the broker's port is another program. */
const isRunning = (broker: SupervisedBroker): boolean => broker.state()?.phase === 'running'

/**
 * Waits until the broker runs and answers its protocol's handshake. Throws StartFailure as soon as it has ended, when its
 * time is over, or when `signal` aborts.
 */
export async function awaitReady(
  broker: SupervisedBroker,
  recipe: Recipe,
  signal?: AbortSignal,
): Promise<{ version: string }> {
  const deadline = performance.now() + recipe.startTimeoutMs
  for (;;) {
    const failure = failureOf(broker)
    if (failure) throw failure
    if (signal?.aborted) throw new StartFailure('the launcher was closed')
    try {
      const ready = await recipe.probe(broker.launched.url, PROBE_TIMEOUT_MS)
      if (!isRunning(broker)) throw new Error('its supervisor has not reported it as running')
      await broker.markReady()
      return ready
    } catch (error) {
      if (performance.now() > deadline) {
        const seconds = Math.round(recipe.startTimeoutMs / 1000)
        throw new StartFailure(
          `not ready after ${seconds} s: ${(error as Error).message}`,
          broker.state()?.lastLines,
          {
            cause: error,
          },
        )
      }
    }
    await sleep(PROBE_EVERY_MS)
  }
}

/** Another program took the port between its choice and its use. */
const PORT_TAKEN = /eaddrinuse|address already in use|port is already allocated|bind.*in use/i

export interface StartRequest {
  recipe: Recipe
  folder: string
  choosePorts(): Promise<BrokerPorts>
  createJob(ports: BrokerPorts): Promise<Job>
  /** Says in words what is being done. */
  report(what: string): void
  signal: AbortSignal
}

const shown = (path: string): string => {
  const fromHere = relative(process.cwd(), path)
  return fromHere.startsWith('..') ? path : fromHere
}

async function tryOnce(request: StartRequest): Promise<{ supervised: SupervisedBroker; version: string }> {
  const { recipe, folder, report, signal } = request
  let ports: BrokerPorts | undefined
  const createJob = async () => {
    ports = await request.choosePorts()
    return request.createJob(ports)
  }
  const supervised = await superviseBroker({
    folder,
    dataFolders: recipe.dataFolders,
    restart: true,
    createJob,
  })
  const where = supervised.launched.url.replace(/^\w+:\/\/(\S*@)?/, '')
  const aside = supervised.movedAside.map(shown).join(', ')
  if (aside) report(`its data was half prepared: moved to ${aside}, starting anew on ${where}`)
  else report(supervised.joined ? `sharing the one another dashboard started on ${where}` : `on ${where}`)
  try {
    const { version } = await awaitReady(supervised, recipe, signal)
    return { supervised, version }
  } catch (error) {
    await supervised.release()
    throw error
  } finally {
    if (ports) forgetPorts(ports)
  }
}

/** What to try differently the second time; undefined when there is nothing. */
async function remedy(request: StartRequest, failure: StartFailure): Promise<string | undefined> {
  const said = [failure.reason.text, ...failure.lastLines].join('\n')
  if (PORT_TAKEN.test(said)) return 'its port was taken while it started: trying another'
  if (!request.recipe.staleData.test(said)) return undefined
  const moved = await moveDataAside({ folder: request.folder, dataFolders: request.recipe.dataFolders })
  if (moved.length === 0) return undefined
  return `it could not use its data (${failure.reason.text}): moved to ${moved.map(shown).join(', ')}, starting anew`
}

/**
 * Starts the broker of that folder, or joins it, and waits until it is ready. It tries a second time when its data was of no
 * use (moved aside first) or its port was taken; then throws StartFailure.
 */
export async function startBroker(
  request: StartRequest,
): Promise<{ supervised: SupervisedBroker; version: string }> {
  try {
    return await tryOnce(request)
  } catch (error) {
    if (!(error instanceof StartFailure) || request.signal.aborted) throw error
    const what = await remedy(request, error)
    if (!what) throw error
    request.report(what)
    return await tryOnce({ ...request, report: () => {} })
  }
}
