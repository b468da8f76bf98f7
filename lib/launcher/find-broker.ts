import { setTimeout as sleep } from 'node:timers/promises'
import type { Environment } from '#lib/brokers/environment.ts'
import { ProbeError, type Program, type Recipe } from '#lib/brokers/recipe.ts'
import type { BrokerReason } from '#lib/protocol/status.ts'
import { findOrInstall } from './install.ts'
import { createComposeJob, createProgramJob, findComposeEngine } from './jobs.ts'
import type { Endpoint } from './launch-report.ts'
import { choosePorts } from './ports.ts'
import { startBroker } from './start-broker.ts'
import { StartFailure } from './start-failure.ts'
import type { SupervisedBroker } from './supervised-broker.ts'
import { canBeJoined, isOrphaned, readState } from './supervisor-state.ts'

const PROBE_TIMEOUT_MS = 1_500
/** How long to wait for a broker that answers that it is loading its data. */
const LOADING_TIMEOUT_MS = 30_000
const LOADING_EVERY_MS = 250
/** A container's first start downloads its image. */
const IMAGE_TIMEOUT_MS = 10 * 60_000

export interface Search {
  recipe: Recipe
  env: Environment
  folder: string
  allowInstall: boolean
  signal: AbortSignal
  report(phase: 'looking' | 'installing' | 'starting', what: string): void
}

export interface FoundBroker {
  endpoint: Endpoint
  version: string
  /** The broker this launcher is a user of; undefined when somebody else runs it. */
  supervised?: SupervisedBroker
}

/** `host:port` as a person would type it, without credentials. */
const addressIn = (url: string, defaultPort: number): string => {
  if (!url.includes('://')) return url
  const { hostname, port } = new URL(url)
  return `${hostname}:${port || defaultPort}`
}

export function endpointAt(
  search: Search,
  url: string,
  origin: Endpoint['origin'],
  extraPorts?: number[],
): Endpoint {
  const { recipe, env } = search
  const managementUrl = recipe.addressesOf?.(url, env, extraPorts).management
  return {
    url,
    address: addressIn(url, recipe.defaultPort),
    origin,
    ...(managementUrl ? { managementUrl } : {}),
  }
}

type AtDefaultPort =
  | { state: 'answers'; found: FoundBroker }
  | { state: 'free' }
  | { state: 'taken'; why: string }

/** Probes the system's usual port on this machine. */
async function probeDefaultPort(search: Search): Promise<AtDefaultPort> {
  const { recipe } = search
  const url = recipe.urlFor(recipe.defaultPort)
  const deadline = performance.now() + LOADING_TIMEOUT_MS
  for (;;) {
    try {
      const { version } = await recipe.probe(url, PROBE_TIMEOUT_MS)
      return { state: 'answers', found: { version, endpoint: endpointAt(search, url, 'listening') } }
    } catch (error) {
      const reason: BrokerReason =
        error instanceof ProbeError ? error.reason : { code: 'lost', text: (error as Error).message }
      if (reason.code === 'refused') return { state: 'free' }
      const loading = reason.code === 'starting' && performance.now() < deadline && !search.signal.aborted
      if (!loading) return { state: 'taken', why: reason.text }
      search.report('looking', `${addressIn(url, recipe.defaultPort)} is loading: ${reason.text}`)
      await sleep(LOADING_EVERY_MS)
    }
  }
}

async function runProgram(search: Search, usualPorts: boolean, program: Program): Promise<FoundBroker> {
  const { recipe, folder, signal } = search
  const { supervised, version } = await startBroker({
    recipe,
    folder,
    signal,
    choosePorts: () => choosePorts(recipe, usualPorts),
    createJob: (ports) => createProgramJob(recipe, program, folder, ports),
    report: (what) => search.report('starting', what),
  })
  return {
    supervised,
    version,
    endpoint: endpointAt(
      search,
      supervised.launched.url,
      supervised.launched.origin,
      supervised.launched.extraPorts,
    ),
  }
}

async function runContainer(search: Search, usualPorts: boolean, docker: string): Promise<FoundBroker> {
  const { folder, signal } = search
  const recipe = { ...search.recipe, startTimeoutMs: IMAGE_TIMEOUT_MS }
  search.report('starting', `service ${recipe.composeService} of docker-compose.yml`)
  const { supervised, version } = await startBroker({
    recipe,
    folder,
    signal,
    choosePorts: () => choosePorts(recipe, usualPorts),
    createJob: async (ports) => createComposeJob(recipe, docker, ports),
    report: (what) => search.report('starting', `in a container ${what}`),
  })
  return {
    supervised,
    version,
    endpoint: endpointAt(
      search,
      supervised.launched.url,
      supervised.launched.origin,
      supervised.launched.extraPorts,
    ),
  }
}

/** The program, if it is here or can be had without changing the machine. */
async function findInstalled(search: Search): Promise<Program | StartFailure> {
  try {
    const announce = (what: string) => search.report('installing', what)
    return await findOrInstall(search.recipe, { steps: 'project', announce, signal: search.signal })
  } catch (error) {
    if (error instanceof StartFailure) return error
    throw error
  }
}

async function installAndRun(search: Search, usualPorts: boolean, why: string): Promise<FoundBroker> {
  const { recipe, signal } = search
  if (!search.allowInstall) throw new StartFailure(`${why}; --no-install forbids to install it`)
  const announce = (what: string) => search.report('installing', what)
  const program = await findOrInstall(recipe, { announce, signal })
  // Some packages start a service: then that is the broker.
  const now = await probeDefaultPort(search)
  if (usualPorts && now.state === 'answers') return now.found
  return runProgram(search, now.state === 'free', program)
}

/**
 * Finds or starts one broker where no URL was given: one that another dashboard started, one that answers on the usual
 * port, the installed program, a container, and last an installation. Throws StartFailure.
 */
export async function findBroker(search: Search): Promise<FoundBroker> {
  const { recipe } = search
  const state = readState(search.folder)
  const shared = canBeJoined(state)
  search.report(
    'looking',
    shared ? 'for the one another dashboard started' : `on 127.0.0.1:${recipe.defaultPort}`,
  )
  // What answers on the usual port may be our own: it is shared, or ended and replaced, never taken for somebody else's.
  const ours = shared || isOrphaned(state)
  const usual: AtDefaultPort = ours ? { state: 'free' } : await probeDefaultPort(search)
  if (usual.state === 'answers') return usual.found
  const usualPorts = usual.state === 'free'
  if (usual.state === 'taken') {
    search.report(
      'looking',
      `port ${recipe.defaultPort} is taken by something else (${usual.why}): using a free port`,
    )
  }
  const installed = await findInstalled(search)
  if (!(installed instanceof StartFailure)) return runProgram(search, usualPorts, installed)
  const engine = await findComposeEngine()
  if ('docker' in engine) return runContainer(search, usualPorts, engine.docker)
  return installAndRun(search, usualPorts, `${installed.reason.text}, ${engine.why}`)
}
