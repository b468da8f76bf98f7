import type { z } from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { ConsumerSpec } from '../contract.ts'
import { groupOfOne, workersOf } from './groups.ts'
import type { Place } from './places.ts'
import { fanoutConsumerSettings, logConsumerSettings, parsed, queueConsumerSettings, type ReadingSettings } from './settings.ts'

/** One consumer, with all that its mode decides. */
export interface ReaderPlan {
  spec: ConsumerSpec & { group: string }
  /** Where a group that never committed starts. */
  from: Place
  /** Every attaching starts there, whatever was committed: what was sent meanwhile is not for it. */
  startsAnew: boolean
  reading: ReadingSettings
}

/** Throws AppError `invalid`. */
export function planOf(spec: ConsumerSpec): ReaderPlan {
  const { address, name, settings } = spec
  switch (spec.mode) {
    case 'queue': {
      const reading = readingOf(parsed(queueConsumerSettings, settings, 'worker'))
      const named = { ...spec, group: spec.group ?? workersOf(address) }
      // What was sent before the first worker came waits for it.
      return { spec: named, from: { to: 'earliest' }, startsAnew: false, reading }
    }
    case 'fanout': {
      const reading = readingOf(parsed(fanoutConsumerSettings, settings, 'subscriber'))
      const named = { ...spec, group: spec.group ?? groupOfOne(address, name) }
      return { spec: named, from: { to: 'latest' }, startsAnew: true, reading }
    }
    case 'log': {
      if (spec.group === undefined) throw new AppError('invalid', 'a reader of a log needs a group')
      const asked = parsed(logConsumerSettings, settings, 'reader')
      const named = { ...spec, group: spec.group }
      return { spec: named, from: placeOf(asked), startsAnew: false, reading: readingOf(asked) }
    }
    default:
      return unreachable(spec.mode)
  }
}

function readingOf(asked: {
  isolation: 'read_committed' | 'read_uncommitted'
  processingMs: number
  failurePercent?: number
}): ReadingSettings {
  const { isolation, processingMs, failurePercent = 0 } = asked
  return { readUncommitted: isolation === 'read_uncommitted', processingMs, failurePercent }
}

const OFFSET = /^\d{1,18}$/

function placeOf({ from, offset, time }: z.infer<typeof logConsumerSettings>): Place {
  switch (from) {
    case 'latest':
    case 'earliest':
      return { to: from }
    case 'offset':
      if (!OFFSET.test(offset)) throw unusable('offset', 'from offset needs an offset, such as 42')
      return { to: 'offset', offset }
    case 'time': {
      const at = Date.parse(time)
      if (!(at >= 0)) throw unusable('time', 'from time needs a time, such as 2026-11-24T09:30:00Z')
      return { to: 'time', at }
    }
    default:
      return unreachable(from)
  }
}

const unusable = (field: string, words: string) => new AppError('invalid', words, { detail: { field } })

/** What it reads by from now on. Throws AppError `not-capable` for what is settled once it has attached. */
export function changedReading(
  plan: ReaderPlan,
  before: ReadingSettings,
  settings: Settings,
): ReadingSettings {
  const { from, reading } = planOf({ ...plan.spec, settings })
  if (JSON.stringify(from) !== JSON.stringify(plan.from)) {
    throw new AppError('not-capable', 'where a group starts is settled once it has started')
  }
  if (reading.readUncommitted !== before.readUncommitted) {
    throw new AppError('not-capable', 'its isolation is settled for as long as it is attached')
  }
  return reading
}
