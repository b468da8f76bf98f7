import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureBrowsers } from './browsers.mjs'
import { ensureBuild } from './build.mjs'
import { runNode, runQuietly } from './child-processes.mjs'
import { ensurePackages } from './packages.mjs'
import { during } from './progress-line.mjs'
import { addCounts, countResults, summaryLine } from './test-counts.mjs'

/** What would lead the tests to brokers or addresses that are not their own. */
const NOT_FOR_TESTS = [
  ...['RABBITMQ_URL', 'REDIS_URL', 'KAFKA_BROKERS', 'RABBITMQ_MANAGEMENT_URL', 'SWITCHBOARD_TEST_BROKERS'],
  ...['RABBITMQ_CA_FILE', 'REDIS_CA_FILE', 'KAFKA_CA_FILE', 'KAFKA_SSL'],
  ...['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'],
  ...['PORT', 'HOST', 'BASE_URL', 'SHARE', 'TRUST_PROXY', 'ROOMS_FILE', 'LOG_LEVEL', 'NODE_ENV'],
]

const CHECKS = [
  { name: 'biome', args: ['node_modules/@biomejs/biome/bin/biome', 'check', '.'] },
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '--noEmit'] },
  { name: 'knip', args: ['node_modules/knip/bin/knip.js'] },
]

function testEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_FOR_TESTS.includes(name)))
}

/** Runs one check and prints why it fails. Resolves with whether it passed. */
async function passes(root, { name, args }, env) {
  try {
    await during(name, 'checking', '', async () => {
      await runQuietly(process.execPath, args, { cwd: root, env })
      return 'ok'
    })
    return true
  } catch (error) {
    process.stdout.write(`${error.output ?? error.stack}\n`)
    return false
  }
}

/** Runs all checks side by side. Resolves with the number of those that failed. */
async function countFailedChecks(root, env) {
  const results = await Promise.all(CHECKS.map((check) => passes(root, check, env)))
  return results.filter((passed) => !passed).length
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // The run ended before it could write one: counted as a failure.
    return undefined
  }
}

/** Runs vitest; resolves with its counts. `print` gets its output line by line, where it shares the terminal. */
async function runVitest(root, args, env, print) {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-results-'))
  const reportPath = join(folder, 'results.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`]
    const command = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args]
    const code = await runNode(command, { cwd: root, env, print })
    return countResults(readReport(reportPath), code)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const projects = (...names) => names.flatMap((name) => ['--project', name])

/** Checks, then `unit`, `guard` and `memory`. Resolves with their counts. */
async function runWithoutBrokers(root, env, print) {
  const failedChecks = await countFailedChecks(root, env)
  const counts = await runVitest(root, projects('unit', 'guard', 'memory'), env, print)
  return addCounts([counts, { passed: 0, failed: failedChecks, skipped: 0 }])
}

/** Waits for all of them, also when one fails; then throws the first failure, or resolves with what they resolve with. */
async function all(works) {
  const results = await Promise.allSettled(works)
  const rejected = results.find(({ status }) => status === 'rejected')
  if (rejected) throw rejected.reason
  return results.map(({ value }) => value)
}

/**
 * Three stages, so that what computes most never runs beside what measures real time: the build beside the tests without
 * brokers; the browser's tests alone; then tests that mostly wait for brokers, side by side, each part on brokers of its own.
 */
async function runAllTests(root, env) {
  const print = (line) => process.stdout.write(`${line}\n`)
  const colours = process.stdout.isTTY ? { ...env, FORCE_COLOR: '1' } : env
  const [, light] = await all([ensureBuild(root, env), runWithoutBrokers(root, colours, print)])
  const browser = await runVitest(root, projects('browser'), colours, print)
  const engines = await runVitest(root, projects('engines'), colours, print)
  const waiting = await all([
    runVitest(root, projects('contract'), colours, print),
    runVitest(root, projects('gateway', 'interop'), colours, print),
    runVitest(root, projects('fault'), colours, print),
  ])
  return addCounts([light, browser, engines, ...waiting])
}

/** The tests that vitest's arguments choose, one after another. */
async function runChosenTests(root, args, env) {
  const failedChecks = await countFailedChecks(root, env)
  await ensureBuild(root, env)
  return addCounts([await runVitest(root, args, env), { passed: 0, failed: failedChecks, skipped: 0 }])
}

/** Prints the last line. Resolves with the exit code: 0 only when something ran and nothing failed. */
function conclude(counts) {
  process.stdout.write(`\n${summaryLine(counts)}\n`)
  return counts.failed === 0 ? 0 : 1
}

/** What every change is tried with, within a minute: all checks, `unit` and `guard`. */
export async function runCheck(root, args) {
  const env = testEnvironment()
  await ensurePackages(root, { dev: true })
  const failedChecks = await countFailedChecks(root, env)
  const counts = await runVitest(root, [...projects('unit', 'guard'), ...args], env)
  return conclude(addCounts([counts, { passed: 0, failed: failedChecks, skipped: 0 }]))
}

const NAMED_BROKERS = /** @type {const} */ ({
  rabbitmq: { type: 'string' },
  'rabbitmq-management': { type: 'string' },
  redis: { type: 'string' },
  kafka: { type: 'string' },
})

/**
 * The brokers that `--rabbitmq URL --rabbitmq-management URL --redis URL --kafka HOST:PORT` name, and the arguments that are
 * vitest's. Throws where an option has no value.
 *
 * @param {string[]} args
 */
function brokersIn(args) {
  const names = Object.keys(NAMED_BROKERS)
  const isOurs = (arg) => names.some((name) => arg === `--${name}` || arg.startsWith(`--${name}=`))
  const ours = args.flatMap((arg, index) => {
    if (isOurs(arg)) return [index]
    const before = args[index - 1] ?? ''
    return isOurs(before) && !before.includes('=') ? [index] : []
  })
  const { values } = parseArgs({ args: ours.map((index) => args[index]), options: NAMED_BROKERS })
  const management = values['rabbitmq-management']
  const brokers = {
    ...(values.rabbitmq && {
      rabbitmq: { url: values.rabbitmq, ...(management && { managementUrl: management }) },
    }),
    ...(values.redis && { redis: { url: values.redis } }),
    ...(values.kafka && { kafka: { url: values.kafka } }),
  }
  return { brokers, rest: args.filter((_, index) => !ours.includes(index)) }
}

/** The contract and the laws, on the brokers that a person names; of a system without a name, one is started. */
export async function runContract(root, args) {
  const { brokers, rest } = brokersIn(args)
  const isNamed = Object.keys(brokers).length > 0
  const env = { ...testEnvironment(), ...(isNamed && { SWITCHBOARD_TEST_BROKERS: JSON.stringify(brokers) }) }
  await ensurePackages(root, { dev: true })
  return conclude(await runVitest(root, [...projects('contract'), ...rest], env))
}

/** Lessons without a screen, on the brokers that a person names; of a system without a name, one is started. */
export async function runLessons(root, args) {
  const { brokers, rest } = brokersIn(args)
  const isNamed = Object.keys(brokers).length > 0
  const env = { ...testEnvironment(), ...(isNamed && { SWITCHBOARD_TEST_BROKERS: JSON.stringify(brokers) }) }
  await ensurePackages(root, { dev: true })
  return runNode(['--import', 'tsx', 'lessons/run.ts', ...rest], { cwd: root, env })
}

const SOAK_SECONDS = 600

/** The random program of `test/soak` alone, for ten minutes or as many seconds as asked. Resolves with the exit code. */
export async function runSoak(root, [seconds = String(SOAK_SECONDS), seed]) {
  const env = {
    ...testEnvironment(),
    SWITCHBOARD_SOAK_SECONDS: seconds,
    ...(seed === undefined ? {} : { SWITCHBOARD_SOAK_SEED: seed }),
  }
  await ensurePackages(root, { dev: true })
  await ensureBuild(root, env)
  return conclude(await runVitest(root, projects('soak'), env))
}

const ALL_BROWSERS = /** @type {const} */ (['chromium', 'firefox', 'webkit'])

/** The desk in Chromium, Firefox and WebKit. Resolves with the exit code. */
export async function runBrowserEngines(root, args) {
  const allowInstall = !args.includes('--no-install')
  const rest = args.filter((arg) => arg !== '--no-install')
  await ensurePackages(root, { dev: true })
  await ensureBrowsers(ALL_BROWSERS, { allowInstall })
  const env = testEnvironment()
  await ensureBuild(root, env)
  return conclude(await runVitest(root, [...projects('engines'), ...rest], env))
}

/** All checks and all tests, on brokers of their own; the last line counts them. Resolves with the exit code. */
export async function runTests(root, args) {
  const env = testEnvironment()
  const allowInstall = !args.includes('--no-install')
  const chosen = args.filter((arg) => arg !== '--no-install')
  await ensurePackages(root, { dev: true })
  const isForEngines = chosen.length === 0 || chosen.some((arg) => arg.includes('engines'))
  await ensureBrowsers(isForEngines ? ALL_BROWSERS : ['chromium'], { allowInstall })
  return conclude(chosen.length > 0 ? await runChosenTests(root, chosen, env) : await runAllTests(root, env))
}
