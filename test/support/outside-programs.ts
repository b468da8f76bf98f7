import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { projectRoot } from './source-files.ts'
import { until } from './until.ts'

const run = promisify(execFile)

/** The clients other people would use; their newest versions at the time of writing. */
const PYTHON_PACKAGES = ['pika==1.4.4', 'redis==8.1.0', 'kafka-python==3.0.12']
/** Debian's packages of the command-line clients, by the program each brings. */
const DEBIAN_PACKAGES = {
  kcat: 'kcat',
  'redis-cli': 'redis-tools',
  'amqp-publish': 'amqp-tools',
  python3: 'python3-venv',
}

const folder = join(projectRoot, '.switchboard', 'interop')
const python = join(folder, 'venv', 'bin', 'python')
const stamp = join(folder, 'packages')

/** Package managers on a busy machine; for the hook that prepares the programs. */
export const INSTALL_TIMEOUT_MS = 300_000

const isInstalled = (program: string) =>
  run('sh', ['-c', `command -v ${program}`]).then(
    () => true,
    () => false,
  )

/** Brings kcat, redis-cli and amqp-publish to this machine; fails loudly where it cannot. */
export async function installCommandLineClients(): Promise<void> {
  const missing: string[] = []
  for (const [program, debianPackage] of Object.entries(DEBIAN_PACKAGES)) {
    if (!(await isInstalled(program))) missing.push(debianPackage)
  }
  if (missing.length === 0) return
  const install = `apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q ${missing.join(' ')}`
  const asRoot = process.getuid?.() === 0 ? ['sh', '-c', install] : ['sudo', '-n', 'sh', '-c', install]
  await run(asRoot[0] ?? 'sh', asRoot.slice(1), { maxBuffer: 64 * 1024 * 1024 })
}

async function installPythonClients(): Promise<void> {
  const wanted = PYTHON_PACKAGES.join('\n')
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  mkdirSync(folder, { recursive: true })
  await run('python3', ['-m', 'venv', '--clear', join(folder, 'venv')])
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PYTHON_PACKAGES])
  writeFileSync(stamp, wanted)
}

/** Brings the outside clients to this machine; fails loudly where it cannot. */
export async function prepareOutsidePrograms(): Promise<void> {
  await installCommandLineClients()
  await installPythonClients()
}

/** The path of one of the small Python programs beside the interoperation tests. */
export const program = (name: string): string[] => [
  python,
  join(projectRoot, 'test/interop/programs', `${name}.py`),
]

/** Any program in Python, with the clients at hand and its output line by line. */
export const pythonProgram = (file: string): string[] => [python, '-u', file]

/** Runs a sender to its end, feeding it `lines`. Rejects with its words when it fails. */
export async function feed(command: string[], lines: readonly string[]): Promise<void> {
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['pipe', 'ignore', 'pipe'] })
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => {
    words += chunk.toString()
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  child.stdin.end(lines.map((line) => `${line}\n`).join(''))
  const code = await ended
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${words}`)
}

/** A receiver that keeps running and prints a line per message. */
export interface Receiver {
  /** Every line since it was ready. */
  readonly lines: readonly string[]
  /** Ends it politely and waits until it is gone. */
  stop(): Promise<void>
}

/** Starts a receiver; resolves once it has said `ready` on either output (or, without that, once `isReady` holds). */
export async function receive(command: string[], isReady?: () => Promise<boolean>): Promise<Receiver> {
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  let words = ''
  let saidReady = false
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()))
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'ready') saidReady = true
    else lines.push(line)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    words += chunk.toString()
  })
  await until(
    `${command.join(' ')} to be ready (it said: ${words})`,
    async () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${words}`)
      return isReady ? await isReady() : saidReady
    },
    { timeoutMs: 30_000, everyMs: 50 },
  )
  return {
    lines,
    stop: async () => {
      child.kill('SIGTERM')
      const patience = setTimeout(() => child.kill('SIGKILL'), 3_000)
      await closed
      clearTimeout(patience)
    },
  }
}

/** What a receiver that prints hex has read, as text. */
export const texts = (receiver: Receiver): string[] =>
  receiver.lines.map((line) => Buffer.from(line, 'hex').toString('utf8'))
