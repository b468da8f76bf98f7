import { spawn } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { InstallStep } from '#lib/brokers/recipe.ts'
import { folderListing } from '#lib/util/folder-listing.ts'
import { findOnPath } from '#lib/util/on-path.ts'
import { tellingLine } from './telling-line.ts'

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
 * Runs a command to its end; rejects with its last output when it fails. In a group of its own, so that Ctrl-C never cuts
 * a package manager off in the middle; what may be cut off is, by `signal`.
 */
function runCommand(command: string, args: string[], signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...QUIETLY }
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], signal, detached: true })
    let output = ''
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT_CHARACTERS)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve()
      else
        reject(
          new Error(`${command} ${args[0] ?? ''} ended with ${code}: ${tellingLine(output.split('\n'))}`),
        )
    })
  })
}

/** Whether this machine and this user can take that step at all. */
export async function isPossible(step: InstallStep): Promise<boolean> {
  return (await findOnPath(step.needs)) !== null && (await asAllowed(step)) !== null
}

/** Takes one step of an installation. Rejects with the tool's own words. */
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
