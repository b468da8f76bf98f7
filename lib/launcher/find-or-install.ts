import { fileURLToPath } from 'node:url'
import type { InstallStep, Program, Recipe } from '#lib/brokers/recipe.ts'
import { lock } from './folder-lock.mjs'
import { isPossible, runStep } from './run-step.ts'
import { StartFailure } from './start-failure.ts'

/** One installation at a time on this machine: package managers hold locks of their own and would fail instead of wait. */
const INSTALL_LOCK = fileURLToPath(new URL('../../.switchboard/install.lock', import.meta.url))
const INSTALL_LOCK_TIMEOUT_MS = 15 * 60_000

export interface InstallOptions {
  /** Which steps are wanted: all, or only those that keep to the project's folder. */
  steps?: 'all' | 'project'
  announce?(what: string): void
  signal?: AbortSignal
}

let aptIsFresh: Promise<void> | undefined
/** Package lists may be older than the packages: brought up to date once per process. */
async function refreshApt(step: InstallStep, signal?: AbortSignal): Promise<void> {
  if (step.needs !== 'apt-get') return
  aptIsFresh ??= runStep({ ...step, args: ['update'], describe: 'package lists' }, signal)
  await aptIsFresh.catch((error: Error) => {
    // A mirror that fails to update may still have the package; if not, installing says so.
    return error
  })
}

async function takeStep(step: InstallStep, { announce, signal }: InstallOptions): Promise<void> {
  announce?.(`waiting for its turn to install ${step.describe}`)
  const unlock = await lock(INSTALL_LOCK, INSTALL_LOCK_TIMEOUT_MS)
  try {
    // Whoever held the lock before may have brought the same thing.
    if (step.needed && !(await step.needed())) return
    announce?.(step.describe)
    await refreshApt(step, signal)
    await runStep(step, signal)
  } finally {
    unlock()
  }
}

/**
 * The installed program, or what installing brings. Throws StartFailure with the reason when there is none in the end:
 * no way to install, an installation that failed, or one that brought nothing usable.
 */
export async function findOrInstall(recipe: Recipe, options: InstallOptions = {}): Promise<Program> {
  const found = await recipe.findProgram()
  if (found) return found
  let failure: unknown
  try {
    for (const step of recipe.install) {
      if (options.steps === 'project' && step.changesMachine) continue
      if (step.needed && !(await step.needed())) continue
      if (await isPossible(step)) await takeStep(step, options)
    }
  } catch (error) {
    failure = error
  }
  const installed = await recipe.findProgram()
  if (installed) return installed
  const why =
    failure instanceof Error
      ? `installing failed: ${failure.message}`
      : 'not installed, and no way to install it here'
  throw new StartFailure(why, [], { cause: failure })
}
