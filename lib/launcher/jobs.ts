import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Program, Recipe } from '#lib/brokers/recipe.ts'
import { findOnPath } from '#lib/util/on-path.ts'
import type { BrokerPorts } from './ports.ts'
import type { Job } from './supervised-broker.ts'
import type { LaunchedBroker } from './supervisor-state.ts'

const PROJECT = fileURLToPath(new URL('../../', import.meta.url))
/** An engine on this machine answers within 100 ms; one that is being started should not hold up everything else. */
const ENGINE_ANSWERS_WITHIN_MS = 4_000
const STOP_TIMEOUT_MS = 8_000
const CONTAINER_STOP_S = 3

const run = promisify(execFile)

/** Where a broker that we start at these ports can be reached. */
function launchedAt(recipe: Recipe, ports: BrokerPorts, origin: LaunchedBroker['origin']): LaunchedBroker {
  const url = recipe.urlFor(ports.port)
  return { ...ports, url, origin, addresses: recipe.addressesOf?.(url, {}, ports.extraPorts) ?? {} }
}

/** How to run the installed program at these ports with its data below `folder`. */
export async function createProgramJob(
  recipe: Recipe,
  program: Program,
  folder: string,
  ports: BrokerPorts,
): Promise<Job> {
  const plan = await recipe.plan(program, { folder, ...ports })
  return { plan, broker: launchedAt(recipe, ports, 'child') }
}

/** The docker client, when a container engine answers it and it has `compose`; else why not. */
export async function findComposeEngine(): Promise<{ docker: string } | { why: string }> {
  const docker = await findOnPath('docker')
  if (!docker) return { why: 'no docker' }
  try {
    await run(docker, ['info'], { timeout: ENGINE_ANSWERS_WITHIN_MS })
  } catch {
    return { why: 'no container engine answers' }
  }
  try {
    await run(docker, ['compose', 'version'], { timeout: ENGINE_ANSWERS_WITHIN_MS })
  } catch {
    return { why: 'docker has no compose' }
  }
  return { docker }
}

/** `RABBITMQ_PORT`, `RABBITMQ_MANAGEMENT_PORT`: what docker-compose.yml reads. */
function portVariables(recipe: Recipe, { port, extraPorts }: BrokerPorts): Record<string, string> {
  const prefix = recipe.system.toUpperCase()
  const extra = recipe.extraPorts.map(({ name }, index) => [
    `${prefix}_${name.toUpperCase()}_PORT`,
    extraPorts[index],
  ])
  return Object.fromEntries(
    [[`${prefix}_PORT`, port], ...extra].map(([name, value]) => [name, String(value)]),
  )
}

/**
 * One service of docker-compose.yml, run in the foreground so that its supervisor ends it like any other program; its data
 * stays in the service's volume.
 */
export function createComposeJob(recipe: Recipe, docker: string, ports: BrokerPorts): Job {
  const compose = ['compose', '-f', join(PROJECT, 'docker-compose.yml'), '--project-directory', PROJECT]
  const service = recipe.composeService
  const plan = {
    files: [],
    prepare: [],
    command: docker,
    args: [...compose, 'up', '--no-color', '--no-deps', service],
    env: portVariables(recipe, ports),
    cwd: PROJECT,
    stopSignal: 'SIGTERM' as const,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    afterStop: [{ command: docker, args: [...compose, 'stop', '-t', String(CONTAINER_STOP_S), service] }],
  }
  return { plan, broker: launchedAt(recipe, ports, 'compose') }
}
