import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Recipe } from '#lib/brokers/recipe.ts'
import type { LaunchReport } from '#lib/launcher/launch-report.ts'
import { createLauncher, type LauncherOptions } from '#lib/launcher/launcher.ts'
import { choosePort, forgetPort } from '#lib/launcher/ports.ts'
import { startTimeOf } from '#lib/launcher/process-identity.mjs'
import { until } from './until.ts'

/** Slow machines included: RabbitMQ and Kafka, both for the first time, side by side. */
const UP_WITHIN_MS = 90_000
const LAUNCH_SCRIPT = fileURLToPath(new URL('../fault/launcher/launch.ts', import.meta.url))

type Up = Extract<LaunchReport, { phase: 'up' }>
type Failed = Extract<LaunchReport, { phase: 'failed' }>

/** What a launcher reported so far, and waiting for what it is to report. */
function follow(reports: LaunchReport[]) {
  const last = (system: string) => reports.filter((report) => report.system === system).at(-1)
  return {
    reports,
    /** Everything said about one system, as one text. */
    said: (system: string) =>
      reports
        .filter((report) => report.system === system)
        .map((report) =>
          'what' in report ? report.what : 'reason' in report ? report.reason.text : report.phase,
        )
        .join('\n'),
    up: (system: string) =>
      until(
        `${system} to be up`,
        () => {
          const report = last(system)
          if (report?.phase === 'failed') throw new Error(report.reason.text)
          return report?.phase === 'up' && report
        },
        { timeoutMs: UP_WITHIN_MS },
      ) as Promise<Up>,
    failed: (system: string) =>
      until(
        `${system} to fail`,
        () => {
          const report = last(system)
          return report?.phase === 'failed' && report
        },
        { timeoutMs: UP_WITHIN_MS },
      ) as Promise<Failed>,
  }
}

/** A launcher in this process. */
export function launch(recipes: Recipe[], options: Partial<LauncherOptions> & { folder: string }) {
  const reports: LaunchReport[] = []
  const launcher = createLauncher({ recipes, env: {}, allowInstall: false, ...options })
  launcher.onReport((report) => reports.push(report))
  launcher.start()
  return { ...follow(reports), launcher, close: launcher.close }
}

/** A launcher in a process of its own, that can be killed. */
export function launchApart(folder: string, ports: Record<string, number>) {
  const reports: LaunchReport[] = []
  const child = spawn(process.execPath, ['--import', 'tsx', LAUNCH_SCRIPT, folder, JSON.stringify(ports)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let unread = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (unread + chunk.toString('utf8')).split('\n')
    unread = lines.pop() ?? ''
    for (const line of lines) reports.push(JSON.parse(line) as LaunchReport)
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    ...follow(reports),
    /** Asks for it; the supervisor’s state says when it is done. */
    fault: (system: string, fault: string) => void child.stdin.write(`${system} ${fault}\n`),
    kill9: async () => {
      child.kill('SIGKILL')
      await gone
    },
    close: async () => {
      child.stdin.end()
      await gone
    },
  }
}

/** A folder for one test's brokers. */
export async function brokerFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-launcher-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** The same recipe with a usual port nobody else uses, so that a test never meets a broker of this machine. */
export async function withFreePort(recipe: Recipe): Promise<Recipe> {
  const defaultPort = await choosePort(0)
  forgetPort(defaultPort)
  return { ...recipe, defaultPort }
}

/** Processes that name the folder in their command line: its launchers, supervisors and brokers. */
export async function processesOf(folder: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,args='], { maxBuffer: 16 * 1024 * 1024 })
  const named = stdout.split('\n').filter((line) => line.includes(folder))
  return named.map((line) => Number.parseInt(line, 10)).filter((pid) => startTimeOf(pid) !== null)
}
