import { spawn } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { InstallStep, Program, Recipe } from '#lib/brokers/recipe.ts'
import { lastOfText } from '#lib/util/cut-text.ts'
import { folderListing } from '#lib/util/folder-listing.ts'
import { findOnPath } from '#lib/util/on-path.ts'
import { lock } from './folder-lock.mjs'
import { lastErrorLine, StartFailure } from './start-failure.ts'

/** One installation at a time on this machine: package managers hold locks of their own and would fail instead of wait. */
const INSTALL_LOCK = fileURLToPath(new URL('../../.switchboard/install.lock', import.meta.url))
const INSTALL_LOCK_TIMEOUT_MS = 15 * 60_000

const KEPT_OUTPUT_CHARACTERS = 4_000

/** The command as this user may run it; null when it needs rights this user does not have. */
async function asAllowed({
  command,
  args,
  needs,
}: InstallStep): Promise<{ command: string; args: string[] } | null> {
  if (needs !== 'apt-get' || process.getuid?.() === 0) return { command, args }
  const sudo = await findOnPath('sudo')
  // -n: never ask for a password in the middle of a start.
  return sudo ? { command: sudo, args: ['-n', command, ...args] } : null
}

/** RUNLEVEL=1 keeps a package from starting its service where the system has no other rule (invoke-rc.d(8)). */
const QUIETLY = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1', HOMEBREW_NO_AUTO_UPDATE: '1' }

/**
 * Runs a command to its end; rejects with its last output when it fails. It has a process group of its own, so that Ctrl-C
 * never interrupts a package manager half-way; what may be interrupted is, by `signal`.
 */
function runCommand(command: string, args: string[], signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...QUIETLY }
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], signal, detached: true })
    let output = ''
    const collect = (chunk: string) => {
      output = lastOfText(output + chunk, KEPT_OUTPUT_CHARACTERS)
    }
    // Decoded by the stream itself: a chunk may end in the middle of a character.
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve()
      else
        reject(
          new Error(`${command} ${args[0] ?? ''} ended with ${code}: ${lastErrorLine(output.split('\n'))}`),
        )
    })
  })
}

/** Whether this machine and this user can run that step at all. */
async function isPossible(step: InstallStep): Promise<boolean> {
  return (await findOnPath(step.needs)) !== null && (await asAllowed(step)) !== null
}

/** Runs one step of an installation. Rejects with the tool's own words. */
export async function runStep(step: InstallStep, signal?: AbortSignal): Promise<void> {
  const allowed = await asAllowed(step)
  if (!allowed) throw new Error(`${step.describe} needs root or sudo`)
  for (const { path, content } of step.files ?? []) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }
  if (step.stamp) {
    await rm(step.stamp.path, { force: true })
    await rm(step.stamp.folder, { recursive: true, force: true })
  }
  await runCommand(allowed.command, allowed.args, step.changesMachine ? undefined : signal)
  if (step.stamp) await writeFile(step.stamp.path, await folderListing(step.stamp.folder))
}

export interface InstallOptions {
  /** All steps, or only those that change nothing outside the project's folder. */
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

async function runStepInTurn(step: InstallStep, { announce, signal }: InstallOptions): Promise<void> {
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
      if (await isPossible(step)) await runStepInTurn(step, options)
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
