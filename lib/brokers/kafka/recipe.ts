import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { folderListing } from '#lib/util/folder-listing.ts'
import { findOnPath, isExecutable } from '#lib/util/on-path.ts'
import {
  debianPackage,
  homebrewFormula,
  type InstallStep,
  type LaunchPlan,
  type Program,
  type Recipe,
} from '../recipe.ts'
import { fromEnvironment, URL_VARIABLE } from './environment.ts'
import { probeKafka } from './probe.ts'

const KAFKA_VERSION = '4.4.0'
const SCALA_VERSION = '2.13'
/** The binding of the broker's log calls to log4j, which its dependencies lack; without it, it exits silently. */
const LOG4J_VERSION = '2.25.5'

/** One download serves every data folder, including the temporary ones of tests. */
const FOLDER = fileURLToPath(new URL(`../../../.switchboard/kafka-${KAFKA_VERSION}/`, import.meta.url))
const LIBS_FOLDER = join(FOLDER, 'libs')
const LIBS_STAMP = join(FOLDER, 'libs.json')
const POM_PATH = join(FOLDER, 'pom.xml')
const MAIN_JAR = `kafka_${SCALA_VERSION}-${KAFKA_VERSION}.jar`
const LOG_JAR = `log4j-slf4j-impl-${LOG4J_VERSION}.jar`

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>switchboard</groupId>
  <artifactId>kafka-broker</artifactId>
  <version>${KAFKA_VERSION}</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_${SCALA_VERSION}</artifactId>
      <version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>${LOG4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`

/** Whether the jars are there, all of them and as large as when the download was finished. */
export async function jarsAreWhole(libs = LIBS_FOLDER, stamp = LIBS_STAMP): Promise<boolean> {
  try {
    const [stamped, found] = await Promise.all([readFile(stamp, 'utf8'), folderListing(libs)])
    return [MAIN_JAR, LOG_JAR].every((jar) => found.includes(`"${jar}"`)) && stamped === found
  } catch {
    // Without a folder or a stamp, the download was not finished.
    return false
  }
}

/** Kafka 4's brokers need Java 17 (kafka.apache.org, "Java version"). */
const JAVA_MIN = 17
const JAVA_ANSWERS_WITHIN_MS = 5_000
/** Homebrew keeps its Java off the PATH; macOS has a stub there that only prints where to get one. */
const JAVA_ELSEWHERE = ['/opt/homebrew/opt/openjdk/bin/java', '/usr/local/opt/openjdk/bin/java']

const run = promisify(execFile)

async function isNewEnough(java: string): Promise<boolean> {
  try {
    const { stderr } = await run(java, ['-version'], { timeout: JAVA_ANSWERS_WITHIN_MS })
    return Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0) >= JAVA_MIN
  } catch {
    // Not executable, or a stub that prints an installation hint.
    return false
  }
}

async function findJava(): Promise<string | null> {
  const home = process.env.JAVA_HOME
  const onPath = await findOnPath('java')
  const candidates = [
    ...(home ? [join(home, 'bin', 'java')] : []),
    ...(onPath ? [onPath] : []),
    ...JAVA_ELSEWHERE,
  ]
  for (const candidate of candidates) {
    if ((await isExecutable(candidate)) && (await isNewEnough(candidate))) return candidate
  }
  return null
}

/** A Java that can run Kafka, and all of Kafka's jars. */
async function findProgram(): Promise<Program | null> {
  const [java, whole] = await Promise.all([findJava(), jarsAreWhole()])
  return java && whole ? { path: java, extras: { libs: LIBS_FOLDER } } : null
}

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

/** Two Java virtual machines in a row: one formats the storage, one is the broker. */
const START_TIMEOUT_MS = 60_000

const javaMissing = async () => (await findJava()) === null
const mavenMissing = async () => (await findOnPath('mvn')) === null

const download: InstallStep = {
  describe: `Apache Kafka ${KAFKA_VERSION} by mvn (43 MB)`,
  needs: 'mvn',
  command: 'mvn',
  args: ['-B', '-q', '-f', POM_PATH, 'dependency:copy-dependencies', `-DoutputDirectory=${LIBS_FOLDER}`],
  changesMachine: false,
  // Jars are useless without a Java to run them.
  needed: async () => (await findJava()) !== null && !(await jarsAreWhole()),
  files: [{ path: POM_PATH, content: pom }],
  stamp: { folder: LIBS_FOLDER, path: LIBS_STAMP },
}

export const recipe: Recipe = {
  system: 'kafka',
  label: 'Kafka',
  urlVariable: URL_VARIABLE,
  fromEnvironment,
  defaultPort: 9092,
  extraPorts: [{ name: 'controller', preferred: 9093 }],
  composeService: 'kafka',
  startTimeoutMs: START_TIMEOUT_MS,
  dataFolders: ['data'],
  staleData:
    /meta\.properties|cluster\.?id|inconsistent|corrupt|no readable|log director|metadata.version|unsupported version|__cluster_metadata|checkpoint/i,
  urlFor: (port) => `127.0.0.1:${port}`,
  probe: probeKafka,
  findProgram,
  plan: planKafka,
  install: [
    debianPackage('default-jre-headless', javaMissing),
    debianPackage('maven', mavenMissing),
    homebrewFormula('openjdk', javaMissing),
    homebrewFormula('maven', mavenMissing),
    download,
  ],
  hints: [
    { where: 'Debian, Ubuntu', command: 'sudo apt-get install default-jre-headless maven' },
    { where: 'macOS', command: 'brew install openjdk maven' },
    { where: 'Docker', command: 'docker compose up -d kafka' },
    { where: 'One that runs elsewhere', command: 'KAFKA_BROKERS=host:9092 npm start' },
  ],
}
