import { relative } from 'node:path'
import type { Recipe } from '#lib/brokers/recipe.ts'
import { awaitReady } from './await-ready.ts'
import { forgetPorts, type Ports } from './child-job.ts'
import { moveDataAside } from './data-folders.ts'
import { type Job, type KeptBroker, keepBroker } from './kept-broker.ts'
import { StartFailure } from './start-failure.ts'

/** Two programs wanted one port in the same second. */
const PORT_TAKEN = /eaddrinuse|address already in use|port is already allocated|bind.*in use/i

export interface ChildRequest {
  recipe: Recipe
  folder: string
  choosePorts(): Promise<Ports>
  createJob(ports: Ports): Promise<Job>
  /** Told in words what is being done. */
  say(what: string): void
  signal: AbortSignal
}

const shown = (path: string): string => {
  const fromHere = relative(process.cwd(), path)
  return fromHere.startsWith('..') ? path : fromHere
}

async function tryOnce(request: ChildRequest): Promise<{ kept: KeptBroker; version: string }> {
  const { recipe, folder, say, signal } = request
  let ports: Ports | undefined
  const createJob = async () => {
    ports = await request.choosePorts()
    return request.createJob(ports)
  }
  const kept = await keepBroker({ folder, dataFolders: recipe.dataFolders, restart: true, createJob })
  const where = kept.facts.url.replace(/^\w+:\/\/(\S*@)?/, '')
  const aside = kept.movedAside.map(shown).join(', ')
  if (aside) say(`its data was half prepared: moved to ${aside}, starting anew on ${where}`)
  else say(kept.joined ? `sharing the one another dashboard started on ${where}` : `on ${where}`)
  try {
    const { version } = await awaitReady(kept, recipe, signal)
    return { kept, version }
  } catch (error) {
    await kept.release()
    throw error
  } finally {
    if (ports) forgetPorts(ports)
  }
}

/** What to try differently the second time; undefined when there is nothing. */
async function remedy(request: ChildRequest, failure: StartFailure): Promise<string | undefined> {
  const said = [failure.reason.text, ...failure.lastLines].join('\n')
  if (PORT_TAKEN.test(said)) return 'its port was taken while it started: trying another'
  if (!request.recipe.staleData.test(said)) return undefined
  const moved = await moveDataAside({ folder: request.folder, dataFolders: request.recipe.dataFolders })
  if (moved.length === 0) return undefined
  return `it could not use its data (${failure.reason.text}): moved to ${moved.map(shown).join(', ')}, starting anew`
}

/**
 * Starts the broker kept in that folder, or joins it, and waits for its handshake. Data that it can't use is moved
 * aside, a port that was taken meanwhile is changed, once each; then throws StartFailure.
 */
export async function startChild(request: ChildRequest): Promise<{ kept: KeptBroker; version: string }> {
  try {
    return await tryOnce(request)
  } catch (error) {
    if (!(error instanceof StartFailure) || request.signal.aborted) throw error
    const what = await remedy(request, error)
    if (!what) throw error
    request.say(what)
    return await tryOnce({ ...request, say: () => {} })
  }
}
