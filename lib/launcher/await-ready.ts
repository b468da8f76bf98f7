import { setTimeout as sleep } from 'node:timers/promises'
import type { Recipe } from '#lib/brokers/recipe.ts'
import type { KeptBroker } from './kept-broker.ts'
import { StartFailure } from './start-failure.ts'
import { tellingLine } from './telling-line.ts'

const PROBE_TIMEOUT_MS = 2_000
const PROBE_EVERY_MS = 40

function failureOf(kept: KeptBroker): StartFailure | undefined {
  const state = kept.state()
  if (!state) return new StartFailure(`its folder ${kept.folder} was removed`)
  if (state.phase === 'failed' || state.phase === 'stopped') {
    const line = tellingLine(state.lastLines)
    return new StartFailure(`${state.reason}${line === '' ? '' : `: ${line}`}`, state.lastLines)
  }
  return kept.isKept() ? undefined : new StartFailure('its keeper was killed', state.lastLines)
}

/**
 * Waits until the broker does its protocol's handshake. Throws StartFailure as soon as it has ended, when its time is
 * over, or when `signal` aborts.
 */
export async function awaitReady(
  kept: KeptBroker,
  recipe: Recipe,
  signal?: AbortSignal,
): Promise<{ version: string }> {
  const deadline = performance.now() + recipe.startTimeoutMs
  for (;;) {
    const failure = failureOf(kept)
    if (failure) throw failure
    if (signal?.aborted) throw new StartFailure('the launcher was closed')
    try {
      const ready = await recipe.probe(kept.facts.url, PROBE_TIMEOUT_MS)
      await kept.markReady()
      return ready
    } catch (error) {
      if (performance.now() > deadline) {
        const seconds = Math.round(recipe.startTimeoutMs / 1000)
        throw new StartFailure(
          `not ready after ${seconds} s: ${(error as Error).message}`,
          kept.state()?.lastLines,
          {
            cause: error,
          },
        )
      }
    }
    await sleep(PROBE_EVERY_MS)
  }
}
