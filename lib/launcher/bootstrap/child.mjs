import { spawn, spawnSync } from 'node:child_process'
import { isSameProcess, startTimeOf } from '../process-identity.mjs'

/** Its brokers end within 10 s of the signal; after this the child is ended by force (and its brokers by their keepers). */
const CHILD_ENDS_WITHIN_MS = 15_000
/** Two signals so close are one wish, told twice; later ones are impatience, and passed on. */
const SAME_SIGNAL_MS = 1_000
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
 * Runs one Node program in the foreground, and resolves with its exit code. It gets every signal once, from here: in a
 * session of its own, it is not in reach of a terminal's Ctrl-C, nor of a signal to the group, that come here as well. It
 * learns of our own end, `kill -9` included, by the closing of the channel between us.
 */
export function runNode(args, { cwd, env }) {
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc']
  const child = spawn(process.execPath, args, { cwd, env, stdio, detached: true })
  let lastAt = Number.NEGATIVE_INFINITY
  let insisting
  const end = (signal) => {
    // npm passes on what the whole group has got already.
    if (performance.now() - lastAt < SAME_SIGNAL_MS) return
    lastAt = performance.now()
    child.kill(signal)
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
