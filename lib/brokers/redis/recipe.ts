import { join } from 'node:path'
import { debianPackage, homebrewFormula, type LaunchPlan, type Recipe } from '#lib/brokers/recipe.ts'
import { findOnPath } from '#lib/util/on-path.ts'
import { fromEnvironment, URL_VARIABLE } from './environment.ts'
import { probeRedis } from './probe.ts'

/** Redis writes what it must within milliseconds; the rest is for a machine that is busy. */
const STOP_TIMEOUT_MS = 5_000
const START_TIMEOUT_MS = 20_000

/**
 * As redis-server comes, but for three things: this machine only, no snapshots, and an append-only file instead, so that
 * streams outlive a restart as Kafka's log does. Publish/subscribe writes nothing to it and costs nothing. Output buffer
 * limits stay Redis's own (a slow subscriber is cut off at 32 MiB), because the dashboard shows exactly that.
 */
function argsFor(folder: string, port: number): string[] {
  return Object.entries({
    port: String(port),
    bind: '127.0.0.1',
    dir: join(folder, 'data'),
    daemonize: 'no',
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
  }).flatMap(([name, value]) => [`--${name}`, value])
}

export const recipe: Recipe = {
  system: 'redis',
  label: 'Redis',
  urlVariable: URL_VARIABLE,
  fromEnvironment,
  defaultPort: 6379,
  extraPorts: [],
  composeService: 'redis',
  startTimeoutMs: START_TIMEOUT_MS,
  dataFolders: ['data'],
  staleData:
    /bad file format|unexpected end of file reading the append only|can't open the append|wrong signature|rdb format version|manifest file|fatal error loading/i,
  urlFor: (port) => `redis://127.0.0.1:${port}`,
  probe: probeRedis,
  findProgram: async () => {
    const path = await findOnPath('redis-server')
    return path ? { path, extras: {} } : null
  },
  plan: async (program, { folder, port }): Promise<LaunchPlan> => ({
    files: [],
    prepare: [],
    command: program.path,
    args: argsFor(folder, port),
    env: {},
    cwd: folder,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    afterStop: [],
  }),
  install: [debianPackage('redis-server'), homebrewFormula('redis')],
  hints: [
    { where: 'Debian, Ubuntu', command: 'sudo apt-get install redis-server' },
    { where: 'macOS', command: 'brew install redis' },
    { where: 'Docker', command: 'docker compose up -d redis' },
    { where: 'One that runs elsewhere', command: 'REDIS_URL=redis://host:6379 npm start' },
  ],
}
