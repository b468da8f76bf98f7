import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { isSameProcess } from './process-identity.mjs'

const identitySchema = z.object({ pid: z.number().int().positive(), startTime: z.string() })

/** What the launcher tells a keeper about the broker, for those who come later. */
const factsSchema = z.object({
  url: z.string(),
  port: z.number().int(),
  extraPorts: z.array(z.number().int()),
  addresses: z.record(z.string(), z.string()),
  origin: z.enum(['child', 'compose']),
})
export type KeptFacts = z.infer<typeof factsSchema>

/** `state.json`, written by the keeper alone. */
const stateSchema = factsSchema.extend({
  keeper: identitySchema,
  broker: identitySchema.nullable(),
  phase: z.enum(['preparing', 'running', 'waiting', 'stopping', 'stopped', 'failed']),
  restarts: z.number().int(),
  /** Why the last phase began: how the program ended. */
  reason: z.string(),
  lastLines: z.array(z.string()),
})
export type KeptState = z.infer<typeof stateSchema>

/** What a broker's keeper last said; undefined when there was none, or only one that cannot be understood. */
export function readState(folder: string): KeptState | undefined {
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
    // Written by another release, or damaged: nothing to build on. Its keeper, if any, ends for want of users.
    return undefined
  }
}

export const keeperLives = (state: KeptState | undefined): state is KeptState =>
  state !== undefined && isSameProcess(state.keeper)

/** Whether somebody may still join: the keeper is there and has no plans to leave. */
export function canBeJoined(state: KeptState | undefined): state is KeptState {
  return keeperLives(state) && ['preparing', 'running', 'waiting'].includes(state.phase)
}

/** Whether a broker runs there that we started and nobody watches over any more. */
export function isOrphaned(state: KeptState | undefined): boolean {
  return !!state?.broker && isSameProcess(state.broker) && !isSameProcess(state.keeper)
}
