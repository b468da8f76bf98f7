import { join } from 'node:path'
import type { LaunchPlan, Program } from '../recipe.ts'

/** A clean stop takes 1 to 2 s; all brokers of a dashboard must be gone 10 s after its end. */
const STOP_TIMEOUT_MS = 7_000
/** Any id does, as long as a data folder keeps it: this one is the 16 bytes of "switchboardkafka" in base64. */
const CLUSTER_ID = 'c3dpdGNoYm9hcmRrYWZrYQ'
/** A demonstration holds few short records, and never runs long enough to repay the slower start of the full compiler. */
const JAVA_FLAGS = [
  '-Xms128m',
  '-Xmx384m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  '-Djava.awt.headless=true',
]

const ROLES = (port: number, controller: number) => `process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controller}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
`

/** One broker: every internal topic has one replica. Whatever else differs from Kafka's defaults says why. */
const ALONE = `offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Fifty partitions each are for clusters; fewer files to open, fewer to recover.
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
share.coordinator.state.topic.num.partitions=4
# A group of three readers does not gather over minutes: share out at once.
group.initial.rebalance.delay.ms=0
num.partitions=3
# A broker that was killed may register again after this; the default makes it wait 9 s.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
`

const LOG4J2 = `rootLogger.level = warn
rootLogger.appenderRef.out.ref = OUT
appender.out.type = Console
appender.out.name = OUT
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1}: %m%n
`

/** Apache Kafka in KRaft mode, broker and controller in one Java virtual machine, on this machine only. */
export async function planKafka(
  program: Program,
  { folder, port, extraPorts }: { folder: string; port: number; extraPorts: number[] },
): Promise<LaunchPlan> {
  const [controller = 0] = extraPorts
  const inFolder = (name: string) => join(folder, name)
  const properties = inFolder('server.properties')
  const classPath = [
    '-cp',
    join(program.extras.libs ?? '', '*'),
    `-Dlog4j2.configurationFile=${inFolder('log4j2.properties')}`,
  ]
  return {
    files: [
      { path: properties, content: `${ROLES(port, controller)}${ALONE}log.dirs=${inFolder('data')}\n` },
      { path: inFolder('log4j2.properties'), content: LOG4J2 },
    ],
    prepare: [
      {
        command: program.path,
        args: [
          ...JAVA_FLAGS,
          ...classPath,
          'kafka.tools.StorageTool',
          'format',
          '--standalone',
          ...['-t', CLUSTER_ID, '-c', properties],
        ],
      },
    ],
    command: program.path,
    args: [...JAVA_FLAGS, ...classPath, 'kafka.Kafka', properties],
    env: {},
    cwd: folder,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    afterStop: [],
  }
}
