import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { isSameProcess, startTimeOf } from '../process-identity.mjs'

/** Its brokers end within 10 s of the signal; after this the child is killed (and its brokers are ended by their supervisors). */
const CHILD_ENDS_WITHIN_MS = 15_000
/** Two signals so close are one wish that arrived twice; later ones are impatience, and are passed on. */
const SAME_SIGNAL_MS = 1_000
/** How long the last lines may take to arrive after the program ended. */
const LAST_OUTPUT_MS = 2_000
const NPM_POLL_MS = 500
const MAX_ANCESTORS = 4

function parentOf(pid) {
  const { stdout, status } = spawnSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' })
  const [, parent, args] = /^\s*(\d+)\s+(.*)$/m.exec(status === 0 ? stdout : '') ?? []
  return parent ? { pid: Number(parent), args } : undefined
}

/** The npm that runs this script, perhaps with a shell in between; undefined when there is none. */
function findNpm() {
  if (!process.env.npm_lifecycle_event) return undefined
  let pid = process.ppid
  for (let step = 0; step < MAX_ANCESTORS && pid > 1; step += 1) {
    const ancestor = parentOf(pid)
    if (!ancestor) return undefined
    if (/\bnpm\b/.test(ancestor.args)) return { pid, startTime: startTimeOf(pid) ?? '' }
    pid = ancestor.pid
  }
  return undefined
}

/** Calls back when npm is gone: killed by a signal that it could not pass on to its script. */
function whenNpmIsGone(callback) {
  const npm = findNpm()
  if (!npm) return () => {}
  const timer = setInterval(() => {
    if (isSameProcess(npm)) return
    clearInterval(timer)
    callback()
  }, NPM_POLL_MS)
  return () => clearInterval(timer)
}

/** Passes signals on to the child, once each, and kills it when it does not end in time. Returns how to stop that. */
function passSignalsOn(child) {
  let lastAt = Number.NEGATIVE_INFINITY
  let killTimer
  const end = (signal) => {
    // npm passes on what the whole process group has received already.
    if (performance.now() - lastAt < SAME_SIGNAL_MS) return
    lastAt = performance.now()
    child.kill(signal)
    killTimer ??= setTimeout(() => child.kill('SIGKILL'), CHILD_ENDS_WITHIN_MS)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end)
  const stopWatchingNpm = whenNpmIsGone(() => end('SIGTERM'))
  return () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, end)
    clearTimeout(killTimer)
    stopWatchingNpm()
  }
}

/**
 * Runs one Node program in the foreground and resolves with its exit code. It is in a session of its own, out of reach of a
 * terminal's Ctrl-C and of signals to the process group, and receives every signal once, from here. When this process
 * ends, by `kill -9` too, the channel between the two closes, and the program ends itself. With `print`, its output comes
 * line by line instead of going to the terminal directly.
 *
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, print?: (line: string) => void }} options
 * @returns {Promise<number>}
 */
export function runNode(args, { cwd, env, print }) {
  const output = print ? 'pipe' : 'inherit'
  const child = spawn(process.execPath, args, {
    cwd,
    env,
    stdio: [print ? 'ignore' : 'inherit', output, output, 'ipc'],
    detached: true,
  })
  const streams = print ? [child.stdout, child.stderr] : []
  for (const input of streams) createInterface({ input }).on('line', print)
  const stopPassing = passSignalsOn(child)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      stopPassing()
      const end = () => resolve(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1))
      if (!print) return end()
      // 'close' comes after the last line; a process that the child left behind may hold the pipe for ever.
      child.once('close', end)
      setTimeout(end, LAST_OUTPUT_MS).unref()
    })
  })
}

const SHOWN_LINES = 40

/** Why a command failed, with its last output. */
class CommandFailure extends Error {
  constructor(what, output) {
    super(what)
    this.output = output
  }
}

/** Runs a command to its end in silence. Rejects with its last lines when it fails. */
export function runQuietly(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let lines = ['']
    const collect = (chunk) => {
      const [first, ...rest] = chunk.split('\n')
      lines = [...lines.slice(0, -1), `${lines.at(-1)}${first}`, ...rest].slice(-SHOWN_LINES)
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    child.once('error', (error) =>
      reject(new CommandFailure(`${command} cannot be run: ${error.message}`, '')),
    )
    child.once('close', (code, signal) => {
      const output = lines.join('\n').trim()
      if (code === 0) resolve(output)
      else reject(new CommandFailure(`${command} ${args[0] ?? ''} ended with ${signal ?? code}`, output))
    })
  })
}

/**
 * Young objects' space, MiB, twice Node's own: a burst's messages are garbage before they are old, and the collector runs
 * half as often.
 */
const SEMI_SPACE_MIB = 32

/** How the server's process is started, by Node, from the project's folder; its own arguments follow. */
export const SERVER_PROCESS = [`--max-semi-space-size=${SEMI_SPACE_MIB}`, '--import', 'tsx', 'server.ts']
