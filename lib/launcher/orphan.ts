import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { isOrphaned, type KeptState } from './kept-state.ts'
import { patiently } from './patiently.ts'
import { isSameProcess } from './process-identity.mjs'

const GONE_WITHIN_MS = 5_000
const HELPER_TIMEOUT_MS = 2_000
const run = promisify(execFile)

const stepSchema = z.object({
  command: z.string(),
  args: z.array(z.string()),
  env: z.record(z.string(), z.string()).optional(),
})
const jobSchema = z.object({
  plan: z.object({ env: z.record(z.string(), z.string()), afterStop: z.array(stepSchema) }),
})

async function endHelpers(folder: string): Promise<void> {
  const { plan } = jobSchema.parse(JSON.parse(await readFile(join(folder, 'job.json'), 'utf8')))
  for (const { command, args, env } of plan.afterStop) {
    const environment: NodeJS.ProcessEnv = { ...process.env, ...plan.env, ...env }
    const step = run(command, args, { env: environment, timeout: HELPER_TIMEOUT_MS })
    // The helper may have ended by itself; if it holds anything that matters, the next start says so.
    await Promise.allSettled([step])
  }
}

/**
 * Ends a broker whose keeper was killed: nobody counts its users any more. Only ever the very process that the keeper
 * wrote down, by pid and start time.
 */
export async function endOrphan(folder: string, state: KeptState | undefined): Promise<void> {
  const broker = state?.broker
  if (!broker || !isOrphaned(state)) return
  process.kill(-broker.pid, 'SIGKILL')
  await patiently(GONE_WITHIN_MS, () => !isSameProcess(broker))
  await endHelpers(folder)
}
