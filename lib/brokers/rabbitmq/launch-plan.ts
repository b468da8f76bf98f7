import { dirname, join } from 'node:path'
import type { LaunchPlan, Program } from '../recipe.ts'

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
export async function planRabbitmq(
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
