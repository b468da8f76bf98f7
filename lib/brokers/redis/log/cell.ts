import type { Settings } from '#lib/protocol/room.ts'
import type { Cell, CellParts } from '../cell.ts'
import { mustHold } from '../keys.ts'
import { type LogSettings, logDestinationSettings } from '../modes/log.ts'
import { changed, parsed } from '../modes/settings.ts'
import { asOperationError } from '../reasons.ts'
import { append } from '../stream/append.ts'
import { lengthTrait, trim } from '../stream/trim.ts'
import { readLogFacts } from './facts.ts'
import { attachReader, type Reader } from './reader.ts'

/**
 * A stream that is read by position: every reader reads all of it, from wherever it likes, as often as it likes, and
 * takes nothing out of it. A stream without entries is no key at all; the first XADD makes it.
 */
export function createLogCell(parts: CellParts, address: string, given: Settings): Cell {
  let settings: LogSettings = parsed(logDestinationSettings, given)
  let isGone = false
  let owned = false
  const readers = new Set<Reader>()
  const place = { address, isGone: () => isGone }
  const traits = () => ['stream', lengthTrait(settings.maxLength)]

  return {
    kind: 'log',
    declare: async (link, spec) => {
      const wanted = parsed(logDestinationSettings, spec.settings)
      const there = await mustHold(link, [address], 'stream')
      await trim(link, address, wanted.maxLength)
      settings = wanted
      owned = spec.owned
      return { traits: traits(), existed: there.has(address) }
    },
    alter: async (link, spec) => {
      const wanted = changed(logDestinationSettings, { ...settings }, spec.settings, ['maxLength'])
      await trim(link, address, wanted.maxLength)
      settings = wanted
      return { traits: traits(), existed: true }
    },
    remove: async ({ redis }, keep) => {
      isGone = true
      if (!owned || keep) return
      await redis.del(address).catch((error: unknown) => {
        throw asOperationError(error)
      })
    },
    publish: (link, message) =>
      parts.due(
        append(link, { stream: address, maxLength: settings.maxLength, source: parts.clientName }, message),
      ),
    attach: async (spec, listener) => {
      let reader: Reader | undefined
      reader = await parts.roster.attach((signal, onEnded) =>
        attachReader({
          spec,
          place,
          parts,
          signal,
          listener,
          onEnded: () => {
            if (reader) readers.delete(reader)
            onEnded()
          },
        }),
      )
      readers.add(reader)
      return reader
    },
    facts: (link) => readLogFacts(link, address, [...readers]),
  }
}
