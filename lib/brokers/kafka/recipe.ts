import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { folderListing } from '#lib/util/folder-listing.ts'
import { findOnPath, isExecutable } from '#lib/util/on-path.ts'
import { debianPackage, homebrewFormula, type InstallStep, type Program, type Recipe } from '../recipe.ts'
import { planKafka } from './launch-plan.ts'
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

const hasJava = async (): Promise<boolean> => (await findJava()) !== null

/** A Java that can run Kafka, and all of Kafka's jars. */
async function findProgram(): Promise<Program | null> {
  const [java, whole] = await Promise.all([findJava(), jarsAreWhole()])
  return java && whole ? { path: java, extras: { libs: LIBS_FOLDER } } : null
}

/** Two Java virtual machines in a row: one formats the storage, one is the broker. */
const START_TIMEOUT_MS = 60_000

const javaMissing = async () => !(await hasJava())
const mavenMissing = async () => (await findOnPath('mvn')) === null

const download: InstallStep = {
  describe: `Apache Kafka ${KAFKA_VERSION} by mvn (43 MB)`,
  needs: 'mvn',
  command: 'mvn',
  args: ['-B', '-q', '-f', POM_PATH, 'dependency:copy-dependencies', `-DoutputDirectory=${LIBS_FOLDER}`],
  changesMachine: false,
  // Jars are useless without a Java to run them.
  needed: async () => (await hasJava()) && !(await jarsAreWhole()),
  files: [{ path: POM_PATH, content: pom }],
  stamp: { folder: LIBS_FOLDER, path: LIBS_STAMP },
}

export const recipe: Recipe = {
  system: 'kafka',
  label: 'Kafka',
  urlVariable: 'KAFKA_BROKERS',
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
