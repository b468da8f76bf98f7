import { readdir, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { findOnPath, isExecutable } from '#lib/util/on-path.ts'
import type { Environment, Program, Recipe } from '../recipe.ts'
import { planRabbitmq } from './launch-plan.ts'
import { probeRabbitmq } from './probe.ts'

/** Debian's wrapper in sbin switches user and folder; the script it wraps is here. */
const LIBRARY_SCRIPTS = [
  '/usr/lib/rabbitmq/bin/rabbitmq-server',
  '/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server',
  '/usr/local/opt/rabbitmq/sbin/rabbitmq-server',
]
/** Booting the Erlang VM twice on a busy machine. */
const START_TIMEOUT_MS = 90_000
const MANAGEMENT_PORT = 15672

/** A server script that runs where it is called: its environment script lies beside it. */
const isPlainScript = (path: string): Promise<boolean> => isExecutable(join(dirname(path), 'rabbitmq-env'))

/** The release's version is in the name of its main application: `plugins/rabbit-3.10.8` or `rabbit-4.1.0.ez`. */
async function versionBeside(script: string): Promise<string> {
  const plugins = join(dirname(await realpath(script)), '..', 'plugins')
  // A folder that cannot be read tells no version; the broker tells its own once it runs.
  const names = await readdir(plugins).catch(() => [])
  const found = names.map((name) => /^rabbit-(\d+\.\d+\.\d+)/.exec(name)?.[1]).find(Boolean)
  return found ?? 'unknown'
}

async function findProgram(): Promise<Program | null> {
  const onPath = await findOnPath('rabbitmq-server')
  for (const candidate of [...LIBRARY_SCRIPTS, ...(onPath ? [onPath] : [])]) {
    if (!(await isExecutable(candidate))) continue
    const path = await realpath(candidate)
    if (await isPlainScript(path)) return { path, extras: { version: await versionBeside(path) } }
  }
  return null
}

/** The management API listens on the broker's host with the broker's credentials, unless RABBITMQ_MANAGEMENT_URL differs. */
function addressesOf(
  url: string,
  env: Environment,
  [management]: readonly number[] = [],
): Record<string, string> {
  const { username, password, hostname } = new URL(url)
  const usual = `http://${username || 'guest'}:${password || 'guest'}@${hostname}:${management ?? MANAGEMENT_PORT}`
  return { management: (management ? undefined : env.RABBITMQ_MANAGEMENT_URL) ?? usual }
}

export const recipe: Recipe = {
  system: 'rabbitmq',
  label: 'RabbitMQ',
  urlVariable: 'RABBITMQ_URL',
  defaultPort: 5672,
  // Its epmd is its own, never the machine's: it is ended with it.
  extraPorts: [
    { name: 'management', preferred: MANAGEMENT_PORT },
    { name: 'distribution', preferred: 0 },
    { name: 'epmd', preferred: 0 },
  ],
  composeService: 'rabbitmq',
  startTimeoutMs: START_TIMEOUT_MS,
  dataFolders: ['data'],
  staleData:
    /mnesia|schema_integrity|feature.flags|khepri|corrupt|inconsistent_cluster|recovery_error|badmatch.*(dets|msg_store)|cannot_repair/i,
  urlFor: (port) => `amqp://guest:guest@127.0.0.1:${port}`,
  addressesOf,
  probe: probeRabbitmq,
  findProgram,
  plan: planRabbitmq,
  install: [
    {
      describe: 'Debian package rabbitmq-server',
      needs: 'apt-get',
      command: 'apt-get',
      args: ['install', '-y', '--no-install-recommends', 'rabbitmq-server'],
      changesMachine: true,
    },
    {
      describe: 'Homebrew formula rabbitmq',
      needs: 'brew',
      command: 'brew',
      args: ['install', 'rabbitmq'],
      changesMachine: true,
    },
  ],
  hints: [
    { where: 'Debian, Ubuntu', command: 'sudo apt-get install rabbitmq-server' },
    { where: 'macOS', command: 'brew install rabbitmq' },
    { where: 'Docker', command: 'docker compose up -d rabbitmq' },
    { where: 'One that runs elsewhere', command: 'RABBITMQ_URL=amqp://user:password@host:5672 npm start' },
  ],
}
