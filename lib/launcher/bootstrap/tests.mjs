import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBuild } from './build.mjs'
import { runNode } from './child.mjs'
import { ensureChromium } from './chromium.mjs'
import { runQuietly } from './command.mjs'
import { during } from './line.mjs'
import { ensurePackages } from './packages.mjs'
import { countResults, summaryLine } from './results.mjs'

/** What would lead the tests to brokers or addresses that are not their own. */
const NOT_FOR_TESTS = [
  ...['RABBITMQ_URL', 'REDIS_URL', 'KAFKA_BROKERS', 'RABBITMQ_MANAGEMENT_URL', 'SWITCHBOARD_TEST_BROKERS'],
  ...['PORT', 'HOST', 'BASE_URL', 'LOG_LEVEL', 'NODE_ENV'],
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

/** Prints the last line. Resolves with the exit code: 0 only when something ran and nothing failed. */
function conclude(counts, failedChecks) {
  counts.failed += failedChecks
  process.stdout.write(`\n${summaryLine(counts)}\n`)
  return counts.failed === 0 ? 0 : 1
}

/** What a change needs within a minute: all checks, and the tests that need no broker. */
export async function runCheck(root, args) {
  const env = testEnvironment()
  await ensurePackages(root, { dev: true })
  const failedChecks = await countFailedChecks(root, env)
  return conclude(
    await runVitest(root, ['--project', 'unit', '--project', 'guard', ...args], env),
    failedChecks,
  )
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // The run ended before it could write one: counted as a failure.
    return undefined
  }
}

async function runVitest(root, args, env) {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-results-'))
  const reportPath = join(folder, 'results.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`]
    const code = await runNode(['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args], {
      cwd: root,
      env,
    })
    return countResults(readReport(reportPath), code)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** All checks and all tests, on brokers of their own; the last line counts them. Resolves with the exit code. */
export async function runTests(root, args) {
  const env = testEnvironment()
  const allowInstall = !args.includes('--no-install')
  await ensurePackages(root, { dev: true })
  await ensureChromium({ allowInstall })
  const failedChecks = await countFailedChecks(root, env)
  await ensureBuild(root)
  const vitestArgs = args.filter((arg) => arg !== '--no-install')
  return conclude(await runVitest(root, vitestArgs, env), failedChecks)
}
