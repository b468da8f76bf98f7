import type { Settings } from '#lib/protocol/room.ts'
import { attachConsumer, type DriverParts } from './consume.ts'
import { readLogFacts } from './facts.ts'
import { failures } from './failures.ts'
import { Reader } from './log-reader.ts'
import { appendToStream } from './publish.ts'
import { changed, type LogSettings, logDestinationSettings, parsed } from './settings.ts'
import { type Destination, lengthTrait, mustHold, trim } from './topology.ts'

/**
 * A stream that is read by position: every reader reads all of it, from wherever it likes, as often as it likes, and
 * takes nothing out of it. A stream without entries is no key at all; the first XADD makes it.
 */
export function createLogStream(parts: DriverParts, address: string, given: Settings): Destination {
  let settings: LogSettings = parsed(logDestinationSettings, given)
  let isGone = false
  let owned = false
  const traits = () => ['stream', lengthTrait(settings.maxLength)]

  return {
    kind: 'log',
    declare: async (connection, spec) => {
      const wanted = parsed(logDestinationSettings, spec.settings)
      const existing = await mustHold(connection, [address], 'stream')
      await trim(connection, address, wanted.maxLength)
      settings = wanted
      owned = spec.owned
      return { traits: traits(), existed: existing.has(address) }
    },
    alter: async (connection, spec) => {
      const wanted = changed(logDestinationSettings, { ...settings }, spec.settings, ['maxLength'])
      await trim(connection, address, wanted.maxLength)
      settings = wanted
      return { traits: traits(), existed: true }
    },
    remove: async ({ redis }, keep) => {
      isGone = true
      if (!owned || keep) return
      await redis.del(address).catch((error: unknown) => {
        throw failures.toAppError(error)
      })
    },
    publish: (connection, message) => {
      const target = { stream: address, maxLength: settings.maxLength, source: parts.clientName }
      return parts.trackReceipt(appendToStream(connection, target, message))
    },
    attach: (spec, listener) =>
      attachConsumer(parts, (onEnded) => new Reader({ spec, parts, listener, onEnded }, () => isGone)),
    facts: (connection) => {
      const readers = parts.consumers.of(address).filter((consumer) => consumer instanceof Reader)
      return readLogFacts(connection, address, readers)
    },
  }
}
