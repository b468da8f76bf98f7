import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as z from 'zod'
import { brokerStandsSchema } from '#lib/protocol/faults.ts'
import { pollUntil } from '#lib/util/poll-until.ts'
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

const identitySchema = z.object({ pid: z.number().int().positive(), startTime: z.string() })

/** Where a broker that was started here can be reached, for launchers that come later. */
const launchedSchema = z.object({
  url: z.string(),
  port: z.number().int(),
  extraPorts: z.array(z.number().int()),
  addresses: z.record(z.string(), z.string()),
  origin: z.enum(['child', 'compose']),
})
export type LaunchedBroker = z.infer<typeof launchedSchema>

/** `state.json`, which only the supervisor writes. */
const stateSchema = launchedSchema.extend({
  supervisor: identitySchema,
  broker: identitySchema.nullable(),
  phase: z.enum(['preparing', 'running', 'waiting', 'stopping', 'stopped', 'failed']),
  /** What a user did to it on purpose. Absent where the supervisor is of a release that knows no faults. */
  fault: brokerStandsSchema.nullish(),
  restarts: z.number().int(),
  /** Why the last phase began: how the program ended. */
  reason: z.string(),
  lastLines: z.array(z.string()),
})
export type SupervisorState = z.infer<typeof stateSchema>

/** What a broker's supervisor last wrote; undefined when there was none, or when it cannot be parsed. */
export function readState(folder: string): SupervisorState | undefined {
  let text: string
  try {
    text = readFileSync(join(folder, 'state.json'), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return stateSchema.parse(JSON.parse(text))
  } catch {
    // Written by another release, or damaged: of no use. Its supervisor, if any, ends for want of users.
    return undefined
  }
}

export const hasLiveSupervisor = (state: SupervisorState | undefined): state is SupervisorState =>
  state !== undefined && isSameProcess(state.supervisor)

/** Whether another launcher may still share the broker: its supervisor lives and is not about to end it. */
export function canBeJoined(state: SupervisorState | undefined): state is SupervisorState {
  return hasLiveSupervisor(state) && ['preparing', 'running', 'waiting'].includes(state.phase)
}

/** Whether a broker runs there that we started and whose supervisor was killed. */
export function isOrphaned(state: SupervisorState | undefined): boolean {
  return !!state?.broker && isSameProcess(state.broker) && !isSameProcess(state.supervisor)
}

async function endHelpers(folder: string): Promise<void> {
  const { plan } = jobSchema.parse(JSON.parse(await readFile(join(folder, 'job.json'), 'utf8')))
  for (const { command, args, env } of plan.afterStop) {
    const environment: NodeJS.ProcessEnv = { ...process.env, ...plan.env, ...env }
    const step = run(command, args, { env: environment, timeout: HELPER_TIMEOUT_MS })
    // The helper may have ended by itself; if it still holds a port, the next start reports it.
    await Promise.allSettled([step])
  }
}

/**
 * Ends a broker whose supervisor was killed, for nobody counts its users any more. It ends only the very process that the
 * supervisor wrote down, by pid and start time.
 */
export async function endOrphan(folder: string, state: SupervisorState | undefined): Promise<void> {
  const broker = state?.broker
  if (!broker || !isOrphaned(state)) return
  process.kill(-broker.pid, 'SIGKILL')
  await pollUntil(GONE_WITHIN_MS, () => !isSameProcess(broker))
  await endHelpers(folder)
}
