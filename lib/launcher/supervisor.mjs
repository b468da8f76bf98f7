/**
 * Supervises one broker: runs it, writes its log, restarts it when it dies by itself, and ends it when its last user is
 * gone. It is a process of its own, in a session of its own, so that neither Ctrl-C in the terminal nor `kill -9` of a
 * dashboard reaches the broker before its users have been counted. Usage: node supervisor.mjs <folder>, where job.json says
 * what to run and `users/` holds one file per user. `fault.json`, while there is one, says that a user wants it paused or
 * killed.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createBoundedLog } from './bounded-log.mjs'
import { tryLock } from './folder-lock.mjs'
import { startTimeOf, thisProcess } from './process-identity.mjs'
import { countUsers } from './users.mjs'
import { wishedFault } from './wished-fault.mjs'

const POLL_MS = 200
const KILLED = 'killed on purpose'
/** A broker that lives no longer than this would die again: its port, data or settings are to blame. */
const QUICK_DEATH_MS = 10_000
const QUICK_DEATHS_MAX = 5
const FIRST_RESTART_MS = 250
const RESTART_MAX_MS = 8_000
const HELPER_TIMEOUT_MS = 2_000
/** How long a program's last words may take to arrive after it ended. */
const LAST_OUTPUT_MS = 500

function signal(pid, name) {
  try {
    process.kill(pid, name)
  } catch (error) {
    // ESRCH: it has ended already, which is what every signal here is for.
    if (error.code !== 'ESRCH') throw error
  }
}

/**
 * Runs one program in a process group of its own, its output going to `log`. `exited` never rejects; by the time it
 * resolves nothing of the group is left (RabbitMQ is a script around a virtual machine with helpers).
 */
function runProgram({ command, args, env, cwd }, log) {
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.on('data', (chunk) => log.append(chunk))
  child.stderr.on('data', (chunk) => log.append(chunk, 'stderr'))
  const killGroup = () => {
    if (child.pid) signal(-child.pid, 'SIGKILL')
  }
  const exited = new Promise((resolve) => {
    child.once('error', (error) => resolve({ ok: false, text: `${command} cannot be run: ${error.message}` }))
    child.once('exit', (code, signalName) => {
      killGroup()
      const text = signalName ? `ended by ${signalName}` : `ended with exit code ${code}`
      // 'close' follows once its output is read to the end; a helper that left the group may hold the pipe for ever.
      const end = { ok: code === 0, text }
      child.once('close', () => resolve(end))
      setTimeout(() => resolve(end), LAST_OUTPUT_MS).unref()
    })
  })
  return {
    pid: child.pid ?? null,
    exited,
    killGroup,
    /** Asks politely, then insists. */
    async stop(stopSignal, timeoutMs) {
      if (child.pid) signal(child.pid, stopSignal)
      const insist = setTimeout(killGroup, timeoutMs)
      const end = await exited
      clearTimeout(insist)
      return end
    },
  }
}

const folder = process.argv[2]
const inFolder = (name) => join(folder, name)
const job = JSON.parse(readFileSync(inFolder('job.json'), 'utf8'))
const log = createBoundedLog(inFolder('broker.log'))

let state = {
  supervisor: thisProcess(),
  broker: null,
  phase: 'preparing',
  fault: null,
  restarts: 0,
  reason: '',
  lastLines: [],
  ...job.broker,
}
let program = null
let stopping = null
let wake = () => {}

function setState(change) {
  state = { ...state, ...change }
  // Without its folder a broker has no users, and is ended.
  if (!existsSync(folder)) return
  writeFileSync(inFolder('state.json.new'), JSON.stringify(state, null, 2))
  renameSync(inFolder('state.json.new'), inFolder('state.json'))
}

async function runHelper(step) {
  const helper = runProgram({ ...step, env: { ...job.plan.env, ...step.env }, cwd: job.plan.cwd }, log)
  const timer = setTimeout(helper.killGroup, HELPER_TIMEOUT_MS)
  await helper.exited
  clearTimeout(timer)
}

/** The last thing this process does. */
async function finish(phase, reason) {
  for (const step of job.plan.afterStop) await runHelper(step)
  const note = log.unwritten() ? [`(its log is incomplete: ${log.unwritten().message})`] : []
  setState({ phase, reason, broker: null, lastLines: [...log.lastLines(), ...note] })
  process.exit(0)
}

/** Steps that a new folder needs once; the file `prepared` says that all of them succeeded. */
async function prepare() {
  if (job.plan.prepare.length === 0 || existsSync(inFolder('prepared'))) return true
  for (const step of job.plan.prepare) {
    program = runProgram({ ...step, env: { ...job.plan.env, ...step.env }, cwd: job.plan.cwd }, log)
    const end = await program.exited
    program = null
    if (stopping) return false
    if (!end.ok) {
      await finish('failed', `preparing its data folder ${end.text}`)
      return false
    }
  }
  writeFileSync(inFolder('prepared'), new Date().toISOString())
  return true
}

/** Ends early when the supervisor is asked to stop. */
const pause = (ms) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    wake = () => {
      clearTimeout(timer)
      resolve()
    }
  })

async function runOnce() {
  log.forget()
  program = runProgram(job.plan, log)
  const { pid } = program
  setState({ phase: 'running', broker: pid ? { pid, startTime: startTimeOf(pid) ?? '' } : null })
  const end = await program.exited
  program = null
  return end
}

/** Runs the broker until asked to stop, or until restarting it makes no sense. */
async function supervise() {
  let quickDeaths = 0
  while (!stopping) {
    if (state.fault === 'killed') {
      await whileKilled()
      continue
    }
    const startedAt = Date.now()
    const end = await runOnce()
    if (stopping) return
    log.note(end.text)
    if (state.fault === 'killed') continue
    quickDeaths = Date.now() - startedAt < QUICK_DEATH_MS ? quickDeaths + 1 : 1
    const everReady = existsSync(inFolder('ready'))
    if (!job.restart || !everReady || quickDeaths > QUICK_DEATHS_MAX) return finish('failed', end.text)
    setState({
      phase: 'waiting',
      broker: null,
      reason: end.text,
      restarts: state.restarts + 1,
      lastLines: log.lastLines(),
    })
    await pause(Math.min(RESTART_MAX_MS, FIRST_RESTART_MS * 2 ** (quickDeaths - 1)))
  }
}

/** A user killed it: it stays down until that user wants it back, or is gone. */
async function whileKilled() {
  setState({ phase: 'waiting', broker: null, reason: KILLED, restarts: state.restarts + 1 })
  await new Promise((resolve) => {
    wake = resolve
    if (stopping || state.fault !== 'killed') resolve()
  })
}

/** Does what a user wants done to the broker, or undoes it. */
function applyFault(fault) {
  if (fault === state.fault) return
  const pid = program?.pid
  if (fault === 'paused' && (state.phase !== 'running' || !pid)) return
  if (state.fault === 'paused' && pid) signal(-pid, 'SIGCONT')
  setState({ fault })
  if (fault === 'paused') signal(-pid, 'SIGSTOP')
  if (fault === 'killed' && program) program.killGroup()
  if (fault !== 'killed') wake()
}

async function stop(reason) {
  // A broker that is paused would not hear that it is to stop.
  applyFault(null)
  setState({ phase: 'stopping', reason })
  wake()
  if (program) await program.stop(job.plan.stopSignal, job.plan.stopTimeoutMs)
  await finish('stopped', reason)
}

/** Faults, and users, who join under the lock, so that nobody joins a broker that is about to be ended. */
function check() {
  if (stopping) return
  applyFault(wishedFault(folder))
  if (countUsers(inFolder('users')) > 0) return
  const release = existsSync(folder) ? tryLock(inFolder('lock')) : () => {}
  if (!release) return
  if (countUsers(inFolder('users')) === 0) stopping = stop('its last user is gone')
  release()
}

for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
  process.on(name, () => {
    stopping ??= stop(`the supervisor got ${name}`)
  })
}
process.on('uncaughtException', (error) => {
  // Better no broker than one that nobody ends.
  if (program) program.killGroup()
  log.note(`the supervisor failed: ${error.stack}`)
  process.exit(1)
})
setState({})
setInterval(check, POLL_MS)
if (await prepare()) await supervise()
