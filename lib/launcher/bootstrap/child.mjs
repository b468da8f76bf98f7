import { spawn, spawnSync } from 'node:child_process'
import { isSameProcess, startTimeOf } from '../process-identity.mjs'

/** Its brokers end within 10 s of the signal; after this the child is ended by force (and its brokers by their keepers). */
const CHILD_ENDS_WITHIN_MS = 15_000
const NPM_LOOK_EVERY_MS = 500
const ANCESTORS_LOOKED_AT = 4

function parentOf(pid) {
  const { stdout, status } = spawnSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' })
  const [, parent, args] = /^\s*(\d+)\s+(.*)$/m.exec(status === 0 ? stdout : '') ?? []
  return parent ? { pid: Number(parent), args } : undefined
}

/** The npm that runs this script, which may sit a shell away; undefined when there is none. */
function findNpm() {
  if (!process.env.npm_lifecycle_event) return undefined
  let pid = process.ppid
  for (let step = 0; step < ANCESTORS_LOOKED_AT && pid > 1; step += 1) {
    const it = parentOf(pid)
    if (!it) return undefined
    if (/\bnpm\b/.test(it.args)) return { pid, startTime: startTimeOf(pid) ?? '' }
    pid = it.pid
  }
  return undefined
}

/** Calls back when npm was killed in a way that nobody can pass on to its script. */
function whenNpmIsGone(callback) {
  const npm = findNpm()
  if (!npm) return () => {}
  const timer = setInterval(() => {
    if (isSameProcess(npm)) return
    clearInterval(timer)
    callback()
  }, NPM_LOOK_EVERY_MS)
  return () => clearInterval(timer)
}

/**
 * Runs one Node program in the foreground with our terminal, and resolves with its exit code. Signals reach it; it learns
 * of our own end, `kill -9` included, by the closing of the channel between us.
 */
export function runNode(args, { cwd, env }) {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  let insisting
  const end = (signal) => {
    // Ctrl-C in a terminal reaches the child by itself; a second time would look like impatience.
    const hasItAlready = signal === 'SIGINT' && process.stdin.isTTY
    if (!hasItAlready) child.kill(signal)
    insisting ??= setTimeout(() => child.kill('SIGKILL'), CHILD_ENDS_WITHIN_MS)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(signal))
  const stopLooking = whenNpmIsGone(() => end('SIGTERM'))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      clearTimeout(insisting)
      stopLooking()
      resolve(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1))
    })
  })
}
