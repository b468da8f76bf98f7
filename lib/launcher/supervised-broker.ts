import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LaunchPlan } from '#lib/brokers/recipe.ts'
import type { BrokerStands } from '#lib/protocol/faults.ts'
import { once } from '#lib/util/once.ts'
import { pollUntil } from '#lib/util/poll-until.ts'
import { lock } from './folder-lock.mjs'
import { startTimeOf, thisProcess } from './process-identity.mjs'
import {
  canBeJoined,
  endOrphan,
  hasLiveSupervisor,
  type LaunchedBroker,
  readState,
  type SupervisorState,
} from './supervisor-state.ts'
import { countUsers, othersThan } from './users.mjs'
import { wishFault } from './wished-fault.mjs'

const SUPERVISOR = fileURLToPath(new URL('./supervisor.mjs', import.meta.url))
const LOCK_TIMEOUT_MS = 30_000
const SUPERVISOR_STARTS_WITHIN_MS = 10_000
/** Its supervisor looks five times a second. */
const FAULT_DONE_WITHIN_MS = 5_000
/** The slowest broker's own limit (Kafka's 7 s), helpers, and the supervisor's poll. */
const BROKER_ENDS_WITHIN_MS = 10_000

/**
 * What a broker gets of this process's environment. Nothing else: a RABBITMQ_NODENAME or JAVA_TOOL_OPTIONS that is meant for
 * another program must not reach it.
 */
const PASSED_VARIABLES = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'LC_CTYPE', 'JAVA_HOME'],
  ...['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG', 'XDG_RUNTIME_DIR'],
]

function programEnvironment(): Record<string, string> {
  const entries = PASSED_VARIABLES.map((name) => [name, process.env[name]] as const)
  return Object.fromEntries(
    entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined),
  )
}

/** What a supervisor runs; created only when nobody runs it yet. */
export interface Job {
  plan: LaunchPlan
  broker: LaunchedBroker
}

export interface SuperviseRequest {
  /** Where this broker's files are; launchers that name the same folder share the broker. */
  folder: string
  /** Folders below it that hold data. */
  dataFolders: string[]
  /** Whether the supervisor restarts it when it dies by itself. */
  restart: boolean
  createJob(): Promise<Job>
}

/** A broker that this process is a user of. */
export interface SupervisedBroker {
  readonly folder: string
  readonly launched: LaunchedBroker
  /** True when another launcher had started it. */
  readonly joined: boolean
  /** Data folders that had to be moved away before the start. */
  readonly movedAside: string[]
  /** What the supervisor wrote last; undefined once the folder is gone. */
  state(): SupervisorState | undefined
  /** Whether its supervisor lives. */
  isSupervised(): boolean
  /** From now on the supervisor restarts it when it dies. */
  markReady(): Promise<void>
  /** Lets it outlive its users. */
  keepRunning(): Promise<void>
  /** Whether another process uses it too. */
  isShared(): boolean
  /** Has its supervisor pause it or kill it, or let it run (null); resolves with whether that was done in time. */
  setFault(fault: BrokerStands | null): Promise<boolean>
  /** Ends this process's use of it; resolves once it is gone when it had no other user. Idempotent. */
  release(): Promise<void>
}

let uses = 0
const userName = (): string => {
  const { pid, startTime } = thisProcess()
  return `${pid}_${startTime}_${++uses}`
}

interface Place {
  folder: string
  dataFolders: string[]
}

const isFilled = async (path: string): Promise<boolean> => (await readdir(path).catch(() => [])).length > 0

/** Data without the stamp of a finished preparation: a launcher was killed while it formatted, or files were removed. */
async function hasHalfPreparedData({ folder, dataFolders }: Place): Promise<boolean> {
  if (existsSync(join(folder, 'prepared'))) return false
  const filled = await Promise.all(dataFolders.map((name) => isFilled(join(folder, name))))
  return filled.some(Boolean)
}

/** Renames the data folders to `<name>.stale-<time>`, so that a new start finds none. Says what they are called now. */
export async function moveDataAside({ folder, dataFolders }: Place): Promise<string[]> {
  const suffix = `stale-${new Date().toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}`
  const moved: string[] = []
  for (const name of dataFolders) {
    const from = join(folder, name)
    if (!(await isFilled(from))) continue
    const to = `${from}.${suffix}-${process.pid}`
    await rename(from, to)
    await mkdir(from, { recursive: true })
    moved.push(to)
  }
  await rm(join(folder, 'prepared'), { force: true })
  return moved
}

async function writeIfDifferent(path: string, content: string): Promise<void> {
  const present = await readFile(path, 'utf8').catch(() => undefined)
  if (present === content) return
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
}

/** Starts the supervisor and waits for its first state, so that whoever gets the lock next finds it. */
async function startSupervisor(folder: string): Promise<void> {
  const supervisor = spawn(process.execPath, [SUPERVISOR, folder], {
    detached: true,
    stdio: 'ignore',
    cwd: folder,
  })
  const failed = new Promise<never>((_, reject) => supervisor.once('error', reject))
  supervisor.unref()
  const started = pollUntil(SUPERVISOR_STARTS_WITHIN_MS, () => {
    const state = readState(folder)
    return state?.supervisor.pid === supervisor.pid && state?.supervisor.startTime !== '' ? state : undefined
  })
  const state = await Promise.race([started, failed])
  if (!state) throw new Error(`the supervisor of ${folder} did not start`)
}

async function startNew(request: SuperviseRequest, user: string): Promise<string[]> {
  const { folder } = request
  const { plan, broker } = await request.createJob()
  const halfPrepared = plan.prepare.length > 0 && (await hasHalfPreparedData(request))
  const moved = halfPrepared ? await moveDataAside(request) : []
  for (const { path, content } of plan.files) await writeIfDifferent(path, content)
  await Promise.all(request.dataFolders.map((name) => mkdir(join(folder, name), { recursive: true })))
  await rm(join(folder, 'ready'), { force: true })
  const job = {
    plan: { ...plan, env: { ...programEnvironment(), ...plan.env } },
    broker,
    restart: request.restart,
  }
  await writeFile(join(folder, 'job.json'), JSON.stringify(job))
  await writeFile(join(folder, 'users', user), '')
  await startSupervisor(folder)
  return moved
}

async function joinOrStart(request: SuperviseRequest, user: string) {
  const { folder } = request
  await mkdir(join(folder, 'users'), { recursive: true })
  const unlock = await lock(join(folder, 'lock'), LOCK_TIMEOUT_MS)
  try {
    const found = readState(folder)
    if (canBeJoined(found)) {
      await writeFile(join(folder, 'users', user), '')
      return { joined: true, movedAside: [] }
    }
    if (hasLiveSupervisor(found)) await pollUntil(BROKER_ENDS_WITHIN_MS, () => !hasLiveSupervisor(found))
    else await endOrphan(folder, found)
    return { joined: false, movedAside: await startNew(request, user) }
  } finally {
    unlock()
  }
}

/** Joins the broker that runs in that folder, or starts it. Resolves once it is started, not when it is ready. */
export async function superviseBroker(request: SuperviseRequest): Promise<SupervisedBroker> {
  const { folder } = request
  const user = userName()
  const { joined, movedAside } = await joinOrStart(request, user)
  const first = readState(folder)
  if (!first) throw new Error(`${folder} was removed while its broker started`)
  const ourSupervisor = first.supervisor
  const isSupervised = () => startTimeOf(ourSupervisor.pid) === ourSupervisor.startTime

  const release = async () => {
    await rm(join(folder, 'users', user), { force: true })
    await pollUntil(BROKER_ENDS_WITHIN_MS, () => !isSupervised() || countUsers(join(folder, 'users')) > 0)
  }
  return {
    folder,
    launched: first,
    joined,
    movedAside,
    state: () => readState(folder),
    isSupervised,
    markReady: () => writeFile(join(folder, 'ready'), ''),
    isShared: () => (othersThan(join(folder, 'users'), user) ?? []).length > 0,
    setFault: async (fault) => {
      wishFault(folder, fault === null ? null : { stands: fault, user })
      const isDone = () => {
        const state = readState(folder)
        // What runs again may have to start first.
        return (state?.fault ?? null) === fault && (fault !== null || state?.phase === 'running')
      }
      return (await pollUntil(FAULT_DONE_WITHIN_MS, isDone)) === true
    },
    keepRunning: () => writeFile(join(folder, 'users', 'keep'), ''),
    release: once(release),
  }
}
