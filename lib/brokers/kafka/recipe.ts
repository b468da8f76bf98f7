import { findOnPath } from '#lib/util/on-path.ts'
import type { InstallStep, Recipe } from '../recipe.ts'
import { findProgram, hasJava } from './find-program.ts'
import { jarsAreWhole, KAFKA_VERSION, LIBS_FOLDER, LIBS_STAMP, POM_PATH, pom } from './jars.ts'
import { planKafka } from './launch-plan.ts'
import { probeKafka } from './probe.ts'

/** Formatting its storage and starting are two Java virtual machines in a row. */
const START_TIMEOUT_MS = 60_000

const withApt = (name: string, needed: () => Promise<boolean>): InstallStep => ({
  describe: `Debian package ${name}`,
  needs: 'apt-get',
  command: 'apt-get',
  args: ['install', '-y', '--no-install-recommends', name],
  changesMachine: true,
  needed,
})

const withBrew = (name: string, needed: () => Promise<boolean>): InstallStep => ({
  describe: `Homebrew formula ${name}`,
  needs: 'brew',
  command: 'brew',
  args: ['install', name],
  changesMachine: true,
  needed,
})

const javaMissing = async () => !(await hasJava())
const mavenMissing = async () => (await findOnPath('mvn')) === null

const download: InstallStep = {
  describe: `Apache Kafka ${KAFKA_VERSION} by mvn (43 MB)`,
  needs: 'mvn',
  command: 'mvn',
  args: ['-B', '-q', '-f', POM_PATH, 'dependency:copy-dependencies', `-DoutputDirectory=${LIBS_FOLDER}`],
  changesMachine: false,
  // Jars are of no use without a Java to run them.
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
    withApt('default-jre-headless', javaMissing),
    withApt('maven', mavenMissing),
    withBrew('openjdk', javaMissing),
    withBrew('maven', mavenMissing),
    download,
  ],
  hints: [
    { where: 'Debian, Ubuntu', command: 'sudo apt-get install default-jre-headless maven' },
    { where: 'macOS', command: 'brew install openjdk maven' },
    { where: 'Docker', command: 'docker compose up -d kafka' },
    { where: 'One that runs elsewhere', command: 'KAFKA_BROKERS=host:9092 npm start' },
  ],
}
