import type { ConsumerSession } from '#lib/brokers/kit/consumer-life.ts'
import { createDeferred } from '#lib/util/deferred.ts'

/** A session whose end the test decides. */
export interface ScriptedSession extends ConsumerSession {
  readonly version: string
  readonly destroyedBecause: readonly string[]
  end(reason: string): void
}

export function createScriptedSession(): ScriptedSession {
  const ended = createDeferred<Error>()
  const destroyedBecause: string[] = []
  return {
    version: '1.0',
    ended: ended.promise,
    destroyedBecause,
    end: (reason) => ended.resolve(new Error(reason)),
    destroy: async (reason) => {
      destroyedBecause.push(reason)
      ended.resolve(new Error(reason))
    },
  }
}
