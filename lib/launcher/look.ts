import { setTimeout as sleep } from 'node:timers/promises'
import { type Environment, ProbeError, type Program, type Recipe } from '#lib/brokers/recipe.ts'
import type { BrokerReason } from '#lib/protocol/status.ts'
import { choosePorts, createChildJob } from './child-job.ts'
import { createComposeJob, findComposeEngine } from './compose.ts'
import { findOrInstall } from './find-or-install.ts'
import type { KeptBroker } from './kept-broker.ts'
import { canBeJoined, isOrphaned, readState } from './kept-state.ts'
import type { Endpoint } from './report.ts'
import { startChild } from './start-child.ts'
import { StartFailure } from './start-failure.ts'

const PROBE_TIMEOUT_MS = 1_500
/** How long a broker that says "I am loading" is waited for. */
const LOADING_PATIENCE_MS = 30_000
const LOADING_EVERY_MS = 250
/** A container's first start downloads its image. */
const IMAGE_PATIENCE_MS = 10 * 60_000

export interface Search {
  recipe: Recipe
  env: Environment
  folder: string
  allowInstall: boolean
  signal: AbortSignal
  say(phase: 'looking' | 'installing' | 'starting', what: string): void
}

export interface Found {
  endpoint: Endpoint
  version: string
  /** The broker this launcher is a user of; undefined for one that somebody else runs. */
  kept?: KeptBroker
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

type AtDefaultPort = { state: 'answers'; found: Found } | { state: 'free' } | { state: 'taken'; why: string }

/** Asks whoever listens on the system's usual port of this machine. */
async function askDefaultPort(search: Search): Promise<AtDefaultPort> {
  const { recipe } = search
  const url = recipe.urlFor(recipe.defaultPort)
  const deadline = performance.now() + LOADING_PATIENCE_MS
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
      search.say('looking', `${addressIn(url, recipe.defaultPort)} is loading: ${reason.text}`)
      await sleep(LOADING_EVERY_MS)
    }
  }
}

async function runChild(search: Search, usualPorts: boolean, program: Program): Promise<Found> {
  const { recipe, folder, signal } = search
  const { kept, version } = await startChild({
    recipe,
    folder,
    signal,
    choosePorts: () => choosePorts(recipe, usualPorts),
    createJob: (ports) => createChildJob(recipe, program, folder, ports),
    say: (what) => search.say('starting', what),
  })
  return {
    kept,
    version,
    endpoint: endpointAt(search, kept.facts.url, kept.facts.origin, kept.facts.extraPorts),
  }
}

async function runContainer(search: Search, usualPorts: boolean, docker: string): Promise<Found> {
  const { folder, signal } = search
  const recipe = { ...search.recipe, startTimeoutMs: IMAGE_PATIENCE_MS }
  search.say('starting', `service ${recipe.composeService} of docker-compose.yml`)
  const { kept, version } = await startChild({
    recipe,
    folder,
    signal,
    choosePorts: () => choosePorts(recipe, usualPorts),
    createJob: async (ports) => createComposeJob(recipe, docker, ports),
    say: (what) => search.say('starting', `in a container ${what}`),
  })
  return {
    kept,
    version,
    endpoint: endpointAt(search, kept.facts.url, kept.facts.origin, kept.facts.extraPorts),
  }
}

/** The program, if it is here or can be had without changing the machine. */
async function findInstalled(search: Search): Promise<Program | StartFailure> {
  try {
    const announce = (what: string) => search.say('installing', what)
    return await findOrInstall(search.recipe, { steps: 'project', announce, signal: search.signal })
  } catch (error) {
    if (error instanceof StartFailure) return error
    throw error
  }
}

async function installAndRun(search: Search, usualPorts: boolean, why: string): Promise<Found> {
  const { recipe, signal } = search
  if (!search.allowInstall) throw new StartFailure(`${why}; --no-install forbids to install it`)
  const announce = (what: string) => search.say('installing', what)
  const program = await findOrInstall(recipe, { announce, signal })
  // Some packages start a service of their own: then that is the broker.
  const now = await askDefaultPort(search)
  if (usualPorts && now.state === 'answers') return now.found
  return runChild(search, now.state === 'free', program)
}

/**
 * Finds or starts one broker where no URL was given: one that is kept already by another dashboard, one that answers on
 * the usual port, the installed program, a container, and last an installation. Throws StartFailure.
 */
export async function look(search: Search): Promise<Found> {
  const { recipe } = search
  const state = readState(search.folder)
  const shared = canBeJoined(state)
  search.say(
    'looking',
    shared ? 'for the one another dashboard started' : `on 127.0.0.1:${recipe.defaultPort}`,
  )
  // What answers on the usual port may be our own: joined, or ended and replaced, but never taken for a stranger's.
  const ours = shared || isOrphaned(state)
  const usual: AtDefaultPort = ours ? { state: 'free' } : await askDefaultPort(search)
  if (usual.state === 'answers') return usual.found
  const usualPorts = usual.state === 'free'
  if (usual.state === 'taken') {
    search.say(
      'looking',
      `port ${recipe.defaultPort} is taken by something else (${usual.why}): using a free port`,
    )
  }
  const installed = await findInstalled(search)
  if (!(installed instanceof StartFailure)) return runChild(search, usualPorts, installed)
  const engine = await findComposeEngine()
  if ('docker' in engine) return runContainer(search, usualPorts, engine.docker)
  return installAndRun(search, usualPorts, `${installed.reason.text}, ${engine.why}`)
}
