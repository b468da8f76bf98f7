import { fileURLToPath } from 'node:url'
import { buildIsCurrent, ensureBuild } from './build.mjs'
import { runNode, SERVER_PROCESS } from './child-processes.mjs'
import { ensurePackages } from './packages.mjs'
import { stopKeptBrokers } from './stop.mjs'
import { runBrowserEngines, runCheck, runContract, runLessons, runSoak, runTests } from './tests.mjs'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const TYPESCRIPT = ['--import', 'tsx']

const withMode = (mode) => ({ ...process.env, NODE_ENV: mode, NEXT_TELEMETRY_DISABLED: '1' })

const commands = {
  async start(args) {
    // Built pages run without what built them.
    await ensurePackages(root, { dev: !buildIsCurrent(root, process.env) })
    await ensureBuild(root, process.env)
    return runNode([...SERVER_PROCESS, ...args], { cwd: root, env: withMode('production') })
  },
  async dev(args) {
    await ensurePackages(root, { dev: true })
    return runNode([...SERVER_PROCESS, '--dev', ...args], {
      cwd: root,
      env: withMode('development'),
    })
  },
  async bench(args) {
    await ensurePackages(root, { dev: true })
    // The figures' own dashboards lie at the root of their hosts.
    const env = { ...withMode('production'), BASE_URL: '' }
    await ensureBuild(root, env)
    return runNode(['--expose-gc', ...TYPESCRIPT, 'bench/run.ts', ...args], { cwd: root, env })
  },
  check: (args) => runCheck(root, args),
  test: (args) => runTests(root, args),
  soak: (args) => runSoak(root, args),
  contract: (args) => runContract(root, args),
  browsers: (args) => runBrowserEngines(root, args),
  lesson: (args) => runLessons(root, args),
  stop: () => stopKeptBrokers(root),
}

/** Commands whose last line counts tests. */
const COUNTING = new Set(['test', 'check', 'contract', 'soak', 'browsers'])

const USAGE = `usage: node lib/launcher/bootstrap.mjs <command> [arguments]
  start [--no-install] [--keep]   packages, pages, brokers, dashboard
  dev   [--no-install] [--keep]   the same, pages rebuilt as you edit
  check [vitest arguments]        checks, unit tests and guard tests: under a minute, no broker
  test  [vitest arguments]        all checks and tests, on brokers of their own
  contract [--rabbitmq URL] [--rabbitmq-management URL] [--redis URL] [--kafka HOST:PORT] [vitest arguments]
                                  the laws, on the brokers named; others are started
  soak  [seconds] [seed]          a random program on real brokers, 600 s if not said
  browsers [vitest arguments]     the desk in Chromium, Firefox and WebKit
  lesson <name> … | --all         lessons on real brokers: expected against seen
  bench [--json]                  the figures
  stop                            ends brokers that --keep left running
`

/** Resolves with the exit code. */
export async function main([name, ...args]) {
  const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined
  if (!command) {
    process.stderr.write(USAGE)
    return 2
  }
  try {
    return await command(args)
  } catch (error) {
    // What failed was said in a line already; here is what it printed.
    process.stderr.write(`${error.output || error.stack}\n`)
    if (COUNTING.has(name)) process.stdout.write('\n0 passed, 1 failed\n')
    return 1
  }
}
