import type { Declared, DestinationSpec } from '#lib/brokers/contract.ts'
import type { Settings } from '#lib/protocol/room.ts'
import type { Cell, CellParts } from '../cell.ts'
import { mustHold } from '../keys.ts'
import { type QueueSettings, queueConsumerSettings, queueDestinationSettings } from '../modes/queue.ts'
import { changed, parsed } from '../modes/settings.ts'
import { asOperationError } from '../reasons.ts'
import { attachWorker } from '../worker.ts'
import { append } from './append.ts'
import { readStreamFacts } from './facts.ts'
import { ensureGroup, GROUP } from './group.ts'
import { createStreamLine } from './line.ts'
import { createStreamPlace } from './place.ts'
import { lengthTrait, trim } from './trim.ts'

const LIVE_SETTINGS = ['maxLength', 'claimIdleMs', 'maxAttempts', 'deadLetters'] as const

/**
 * A stream with one consumer group: whatever any program appends is handed to one of the workers, the oldest first, and
 * stays pending until it is acknowledged. Nothing leaves the stream by that: MAXLEN alone shortens it.
 */
export function createStreamCell(parts: CellParts, address: string, given: Settings): Cell {
  let settings: QueueSettings = parsed(queueDestinationSettings, given)
  let isGone = false
  /** What was there before it was declared here for the first time is not ours to delete. */
  let before: { group: boolean; dead: boolean } | undefined
  let owned = false
  const place = createStreamPlace(
    address,
    () => settings,
    () => isGone,
  )
  const traits = () => traitsOf(settings)

  return {
    kind: 'stream',
    declare: async (link, spec) => {
      const wanted = parsed(queueDestinationSettings, spec.settings)
      const there = await mustHold(link, [address, place.dead], 'stream')
      const isNew = await ensureGroup(link, address).catch((error: unknown) => {
        throw asOperationError(error)
      })
      if (isNew) place.groupWasMade(address)
      await trim(link, address, wanted.maxLength)
      settings = wanted
      owned = spec.owned
      before ??= { group: !isNew, dead: there.has(place.dead) }
      return { traits: traits(), existed: there.has(address) } satisfies Declared
    },
    alter: async (link, spec: DestinationSpec) => {
      const wanted = changed(queueDestinationSettings, { ...settings }, spec.settings, LIVE_SETTINGS)
      await mustHold(link, [address, place.dead], 'stream')
      await trim(link, address, wanted.maxLength)
      settings = wanted
      return { traits: traits(), existed: true }
    },
    remove: async (link, keep) => {
      isGone = true
      if (!owned) return
      const { redis } = link
      try {
        if (!before?.dead || !keep) await redis.del(place.dead)
        if (!keep) await redis.del(address)
        else if (!before?.group) await redis.call('XGROUP', 'DESTROY', address, GROUP)
      } catch (error) {
        throw asOperationError(error)
      }
    },
    publish: (link, message) =>
      parts.due(
        append(link, { stream: address, maxLength: settings.maxLength, source: parts.clientName }, message),
      ),
    attach: (spec, listener) =>
      parts.roster.attach((signal, onEnded) => {
        const asked = parsed(queueConsumerSettings, spec.settings)
        const line = createStreamLine(place, spec.name, asked.reads === 'queue', parts.log)
        return attachWorker({ spec, settings: asked, parts, signal, listener, onEnded }, line)
      }),
    facts: (link) => readStreamFacts(link, place),
  }
}

const traitsOf = ({ maxLength, maxAttempts, deadLetters }: QueueSettings): string[] => [
  'stream',
  `group ${GROUP}`,
  lengthTrait(maxLength),
  ...(maxAttempts > 0 ? [`${maxAttempts} attempts`] : []),
  ...(deadLetters ? ['dead letters'] : []),
]
