import type { Declared } from '#lib/brokers/contract.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { attachConsumer, type DriverParts } from './consume.ts'
import { readStreamFacts } from './facts.ts'
import { failures } from './failures.ts'
import { appendToStream } from './publish.ts'
import {
  changed,
  GROUP,
  parsed,
  type QueueSettings,
  queueConsumerSettings,
  queueDestinationSettings,
} from './settings.ts'
import { ensureGroup, SharedStream } from './stream-group.ts'
import { StreamBackend } from './stream-worker.ts'
import { type Destination, lengthTrait, mustHold, trim } from './topology.ts'
import { Worker } from './worker.ts'

const LIVE_SETTINGS = ['maxLength', 'claimIdleMs', 'maxAttempts', 'deadLetters'] as const

/**
 * A stream with one consumer group: whatever any program appends is delivered to one of the workers, the oldest first,
 * and stays pending until it is acknowledged. That takes nothing out of the stream: only MAXLEN shortens it.
 */
export function createStreamQueue(parts: DriverParts, address: string, given: Settings): Destination {
  let owned = false
  /** What existed before it was declared here for the first time is not ours to delete. */
  let before: { group: boolean; dead: boolean } | undefined
  const shared = new SharedStream(address, parsed(queueDestinationSettings, given))
  return {
    kind: 'stream',
    declare: async (connection, spec) => {
      const wanted = parsed(queueDestinationSettings, spec.settings)
      const existing = await mustHold(connection, [address, shared.dead], 'stream')
      const isNew = await ensureGroup(connection, address).catch((error: unknown) => {
        throw failures.toAppError(error)
      })
      if (isNew) shared.groupWasCreated(address)
      await trim(connection, address, wanted.maxLength)
      shared.settings = wanted
      owned = spec.owned
      before ??= { group: !isNew, dead: existing.has(shared.dead) }
      return { traits: traitsOf(wanted), existed: existing.has(address) } satisfies Declared
    },
    alter: async (connection, spec) => {
      const wanted = changed(queueDestinationSettings, { ...shared.settings }, spec.settings, LIVE_SETTINGS)
      await mustHold(connection, [address, shared.dead], 'stream')
      await trim(connection, address, wanted.maxLength)
      shared.settings = wanted
      return { traits: traitsOf(wanted), existed: true }
    },
    remove: async ({ redis }, keep) => {
      shared.isGone = true
      if (!owned) return
      try {
        if (!before?.dead || !keep) await redis.del(shared.dead)
        if (!keep) await redis.del(address)
        else if (!before?.group) await redis.call('XGROUP', 'DESTROY', address, GROUP)
      } catch (error) {
        throw failures.toAppError(error)
      }
    },
    publish: (connection, message) => {
      const target = { stream: address, maxLength: shared.settings.maxLength, source: parts.clientName }
      return parts.trackReceipt(appendToStream(connection, target, message))
    },
    attach: async (spec, listener) => {
      const asked = parsed(queueConsumerSettings, spec.settings)
      const backend = new StreamBackend(shared, spec.name, asked.reads === 'queue', parts.log)
      return attachConsumer(
        parts,
        (onEnded) => new Worker({ spec, parts, listener, onEnded }, asked, backend),
      )
    },
    facts: (connection) => readStreamFacts(connection, shared),
  }
}

const traitsOf = ({ maxLength, maxAttempts, deadLetters }: QueueSettings): string[] => [
  'stream',
  `group ${GROUP}`,
  lengthTrait(maxLength),
  ...(maxAttempts > 0 ? [`${maxAttempts} attempts`] : []),
  ...(deadLetters ? ['dead letters'] : []),
]
