import { spawn } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LaunchPlan } from '#lib/brokers/recipe.ts'
import { hasHalfPreparedData, moveDataAside } from './data-folders.ts'
import { lock } from './folder-lock.mjs'
import { countUsers } from './keeper/users.mjs'
import { canBeJoined, type KeptFacts, type KeptState, keeperLives, readState } from './kept-state.ts'
import { endOrphan } from './orphan.ts'
import { patiently } from './patiently.ts'
import { startTimeOf, thisProcess } from './process-identity.mjs'
import { programEnvironment } from './program-environment.ts'

const KEEPER = fileURLToPath(new URL('./keeper.mjs', import.meta.url))
const LOCK_TIMEOUT_MS = 30_000
const KEEPER_STARTS_WITHIN_MS = 10_000
/** The slowest broker's own limit (Kafka's 7 s), helpers, and the keeper's poll. */
const BROKER_ENDS_WITHIN_MS = 10_000

/** What to run, decided only when nobody runs it yet. */
export interface Job {
  plan: LaunchPlan
  facts: KeptFacts
}

export interface KeepRequest {
  /** Where this broker's files are; who names the same folder shares the broker. */
  folder: string
  /** Folders below it that hold data. */
  dataFolders: string[]
  /** Whether the keeper starts it again when it dies by itself. */
  restart: boolean
  createJob(): Promise<Job>
}

/** A broker this process is a user of. */
export interface KeptBroker {
  readonly folder: string
  readonly facts: KeptFacts
  /** True when another launcher had started it. */
  readonly joined: boolean
  /** Data folders that had to be moved away before the start. */
  readonly movedAside: string[]
  /** What the keeper says now; undefined once the folder is gone. */
  state(): KeptState | undefined
  /** Whether the keeper still does its work. */
  isKept(): boolean
  /** From now on the keeper starts it again when it dies. */
  markReady(): Promise<void>
  /** Makes it outlive its users. */
  keepForGood(): Promise<void>
  /** Stops using it; when it had no other user, resolves once it is gone. Idempotent. */
  release(): Promise<void>
}

let uses = 0
const userName = (): string => {
  const { pid, startTime } = thisProcess()
  return `${pid}_${startTime}_${++uses}`
}

async function writeIfDifferent(path: string, content: string): Promise<void> {
  const present = await readFile(path, 'utf8').catch(() => undefined)
  if (present === content) return
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
}

/** Starts the keeper and waits for its first word, so that the next in line for the lock finds it. */
async function startKeeper(folder: string): Promise<void> {
  const keeper = spawn(process.execPath, [KEEPER, folder], { detached: true, stdio: 'ignore', cwd: folder })
  const failed = new Promise<never>((_, reject) => keeper.once('error', reject))
  keeper.unref()
  const spoke = patiently(KEEPER_STARTS_WITHIN_MS, () => {
    const state = readState(folder)
    return state?.keeper.pid === keeper.pid && state?.keeper.startTime !== '' ? state : undefined
  })
  const state = await Promise.race([spoke, failed])
  if (!state) throw new Error(`the keeper of ${folder} did not start`)
}

async function startNew(request: KeepRequest, user: string): Promise<string[]> {
  const { folder } = request
  const { plan, facts } = await request.createJob()
  const halfPrepared = plan.prepare.length > 0 && (await hasHalfPreparedData(request))
  const moved = halfPrepared ? await moveDataAside(request) : []
  for (const { path, content } of plan.files) await writeIfDifferent(path, content)
  await Promise.all(request.dataFolders.map((name) => mkdir(join(folder, name), { recursive: true })))
  await rm(join(folder, 'ready'), { force: true })
  const job = {
    plan: { ...plan, env: { ...programEnvironment(), ...plan.env } },
    facts,
    restart: request.restart,
  }
  await writeFile(join(folder, 'job.json'), JSON.stringify(job))
  await writeFile(join(folder, 'users', user), '')
  await startKeeper(folder)
  return moved
}

async function joinOrStart(request: KeepRequest, user: string) {
  const { folder } = request
  await mkdir(join(folder, 'users'), { recursive: true })
  const unlock = await lock(join(folder, 'lock'), LOCK_TIMEOUT_MS)
  try {
    const found = readState(folder)
    if (canBeJoined(found)) {
      await writeFile(join(folder, 'users', user), '')
      return { joined: true, movedAside: [] }
    }
    if (keeperLives(found)) await patiently(BROKER_ENDS_WITHIN_MS, () => !keeperLives(found))
    else await endOrphan(folder, found)
    return { joined: false, movedAside: await startNew(request, user) }
  } finally {
    unlock()
  }
}

/** Joins the broker kept in that folder, or starts it. Resolves as soon as it is under way, not when it is ready. */
export async function keepBroker(request: KeepRequest): Promise<KeptBroker> {
  const { folder } = request
  const user = userName()
  const { joined, movedAside } = await joinOrStart(request, user)
  const first = readState(folder)
  if (!first) throw new Error(`${folder} was removed while its broker started`)
  const ourKeeper = first.keeper
  const isKept = () => startTimeOf(ourKeeper.pid) === ourKeeper.startTime

  const letGo = async () => {
    await rm(join(folder, 'users', user), { force: true })
    await patiently(BROKER_ENDS_WITHIN_MS, () => !isKept() || countUsers(join(folder, 'users')) > 0)
  }
  let released: Promise<void> | undefined
  return {
    folder,
    facts: first,
    joined,
    movedAside,
    state: () => readState(folder),
    isKept,
    markReady: () => writeFile(join(folder, 'ready'), ''),
    keepForGood: () => writeFile(join(folder, 'users', 'keep'), ''),
    release: () => {
      released ??= letGo()
      return released
    },
  }
}
