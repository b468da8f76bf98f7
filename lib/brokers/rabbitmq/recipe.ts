import { readdir, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { findOnPath, isExecutable } from '#lib/util/on-path.ts'
import type { Environment } from '../environment.ts'
import { debianPackage, homebrewFormula, type LaunchPlan, type Program, type Recipe } from '../recipe.ts'
import { MANAGEMENT_PORT, managementUrlBeside } from './broker-urls.ts'
import { fromEnvironment, managementOf, URL_VARIABLE } from './environment.ts'
import { probeRabbitmq } from './probe.ts'

/** Debian's wrapper in sbin switches user and folder; the script it wraps is here. */
const LIBRARY_SCRIPTS = [
  '/usr/lib/rabbitmq/bin/rabbitmq-server',
  '/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server',
  '/usr/local/opt/rabbitmq/sbin/rabbitmq-server',
]
/** Booting the Erlang VM twice on a busy machine. */
const START_TIMEOUT_MS = 90_000

/** A server script that runs where it is called: its environment script is in the same folder. */
const isPlainScript = (path: string): Promise<boolean> => isExecutable(join(dirname(path), 'rabbitmq-env'))

/** The release's version is in the name of its main application: `plugins/rabbit-3.10.8` or `rabbit-4.1.0.ez`. */
async function versionBeside(script: string): Promise<string> {
  const plugins = join(dirname(await realpath(script)), '..', 'plugins')
  // A folder that can't be read yields no version; the broker reports its own once it runs.
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
  return { management: (management ? undefined : managementOf(env)) ?? managementUrlBeside(url, management) }
}

/**
 * Up to 3.13.1 every stop sleeps 5 s while it turns statistics off (rabbitmq-server pull request 11070), so that a clean
 * one takes 6.1 s. All brokers of a dashboard must be gone 10 s after its end.
 */
const STOP_TIMEOUT_MS = 8_000
const STATISTICS_EVERY_MS = 1_000
/**
 * A quorum queue counts itself at its own ticks, statistics or not; its default of 5 s is as long. Only Erlang terms set it.
 * A queue takes it up when its process starts.
 */
const ADVANCED = `[{rabbit, [{quorum_tick_interval, ${STATISTICS_EVERY_MS}}]}].\n`
/** Since 3.13 the server knows `deprecated_features.*`; an older one refuses to start on an unknown key. */
const KNOWS_DEPRECATED_FEATURES = [3, 13] as const

function atLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [itsMajor = 0, itsMinor = 0] = version.split('.').map(Number)
  return itsMajor > major || (itsMajor === major && itsMinor >= minor)
}

/**
 * Listens on this machine only. `mailbox` is a transient, shared queue, as a plain client declares it: from 4.3 on the
 * server refuses such queues unless told that they are wanted (rabbitmq.com/release-information/deprecated-features-list).
 */
function configuration(version: string, ports: { amqp: number; management: number }): string {
  const lines = [
    `listeners.tcp.1 = 127.0.0.1:${ports.amqp}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${ports.management}`,
    'log.console = true',
    'log.console.level = info',
    'log.file = false',
    // The management page's numbers are as old as this; its default of 5 s looks like a standstill.
    `collect_statistics_interval = ${STATISTICS_EVERY_MS}`,
  ]
  if (atLeast(version, KNOWS_DEPRECATED_FEATURES)) {
    lines.push('deprecated_features.permit.transient_nonexcl_queues = true')
  }
  return `${lines.join('\n')}\n`
}

/** A RabbitMQ with ports, folders, cookie and epmd of its own, untouched by what is configured under /etc. */
async function planRabbitmq(
  program: Program,
  { folder, port, extraPorts }: { folder: string; port: number; extraPorts: number[] },
): Promise<LaunchPlan> {
  const [management = 0, distribution = 0, epmd = 0] = extraPorts
  const inFolder = (name: string) => join(folder, name)
  const epmdEnv = { ERL_EPMD_PORT: String(epmd), ERL_EPMD_ADDRESS: '127.0.0.1' }
  return {
    files: [
      {
        path: inFolder('rabbitmq.conf'),
        content: configuration(program.extras.version ?? 'unknown', { amqp: port, management }),
      },
      { path: inFolder('advanced.config'), content: ADVANCED },
      { path: inFolder('enabled_plugins'), content: '[rabbitmq_management].\n' },
      { path: inFolder('environment.conf'), content: '' },
      { path: inFolder('home/.keep'), content: '' },
    ],
    prepare: [],
    command: program.path,
    args: [],
    env: {
      ...epmdEnv,
      HOME: inFolder('home'),
      RABBITMQ_NODENAME: 'switchboard@localhost',
      RABBITMQ_MNESIA_BASE: inFolder('data'),
      RABBITMQ_LOG_BASE: inFolder('log'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_CONFIG_FILE: inFolder('rabbitmq.conf'),
      RABBITMQ_CONF_ENV_FILE: inFolder('environment.conf'),
      RABBITMQ_ADVANCED_CONFIG_FILE: inFolder('advanced.config'),
      RABBITMQ_ENABLED_PLUGINS_FILE: inFolder('enabled_plugins'),
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    },
    cwd: dirname(program.path),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    afterStop: [{ command: 'epmd', args: ['-port', String(epmd), '-kill'], env: epmdEnv }],
  }
}

export const recipe: Recipe = {
  system: 'rabbitmq',
  label: 'RabbitMQ',
  urlVariable: URL_VARIABLE,
  fromEnvironment,
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
  install: [debianPackage('rabbitmq-server'), homebrewFormula('rabbitmq')],
  hints: [
    { where: 'Debian, Ubuntu', command: 'sudo apt-get install rabbitmq-server' },
    { where: 'macOS', command: 'brew install rabbitmq' },
    { where: 'Docker', command: 'docker compose up -d rabbitmq' },
    { where: 'One that runs elsewhere', command: 'RABBITMQ_URL=amqp://user:password@host:5672 npm start' },
  ],
}
