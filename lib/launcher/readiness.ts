import { setTimeout as sleep } from 'node:timers/promises'
import type { Recipe } from '#lib/brokers/recipe.ts'
import { lastErrorLine, StartFailure } from './start-failure.ts'
import type { SupervisedBroker } from './supervised-broker.ts'

const PROBE_TIMEOUT_MS = 2_000
const PROBE_EVERY_MS = 40

function failureOf(broker: SupervisedBroker): StartFailure | undefined {
  const state = broker.state()
  if (!state) return new StartFailure(`its folder ${broker.folder} was removed`)
  if (state.phase === 'failed' || state.phase === 'stopped') {
    const line = lastErrorLine(state.lastLines)
    return new StartFailure(`${state.reason}${line === '' ? '' : `: ${line}`}`, state.lastLines)
  }
  return broker.isSupervised() ? undefined : new StartFailure('its supervisor was killed', state.lastLines)
}

/**
 * Waits until the broker answers its protocol's handshake. Throws StartFailure as soon as it has ended, when its time is
 * over, or when `signal` aborts.
 */
export async function awaitReady(
  broker: SupervisedBroker,
  recipe: Recipe,
  signal?: AbortSignal,
): Promise<{ version: string }> {
  const deadline = performance.now() + recipe.startTimeoutMs
  for (;;) {
    const failure = failureOf(broker)
    if (failure) throw failure
    if (signal?.aborted) throw new StartFailure('the launcher was closed')
    try {
      const ready = await recipe.probe(broker.launched.url, PROBE_TIMEOUT_MS)
      await broker.markReady()
      return ready
    } catch (error) {
      if (performance.now() > deadline) {
        const seconds = Math.round(recipe.startTimeoutMs / 1000)
        throw new StartFailure(
          `not ready after ${seconds} s: ${(error as Error).message}`,
          broker.state()?.lastLines,
          {
            cause: error,
          },
        )
      }
    }
    await sleep(PROBE_EVERY_MS)
  }
}
