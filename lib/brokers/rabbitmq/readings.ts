import type { z } from 'zod'
import type { Mode } from '#lib/protocol/names.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { ConsumerSpec } from '../contract.ts'
import type { Copies } from './copies.ts'
import { subscriberSettings } from './exchange-settings.ts'
import { createFanoutReading } from './fanout-reading.ts'
import type { Identities } from './identity.ts'
import { createLogReading } from './log-reading.ts'
import { readerSettings } from './manifest-log.ts'
import { workerSettings } from './manifest-queue.ts'
import { createQueueReading } from './queue-reading.ts'
import type { Reading } from './reading.ts'
import type { Topology } from './topology.ts'

interface ReadingParts {
  topology: Topology
  identities: Identities
  copies: Copies
  ownQueue(queue: string, consumer: string): void
  newestOf(stream: string): Promise<number | null>
}

/** Throws AppError `invalid` for settings that a consumer of its mode can't have. */
export function createReading(spec: ConsumerSpec, parts: ReadingParts): Reading {
  switch (spec.mode) {
    case 'queue':
      return createQueueReading(spec, parts.topology, parts.identities)
    case 'fanout':
      return createFanoutReading(spec, parts)
    case 'log':
      return createLogReading(spec, parts)
    default:
      return unreachable(spec.mode)
  }
}

/** What consumers of a mode may be set to, and what they are called. */
export function settingsOf(mode: Mode): { consumerSettings: z.ZodObject; noun: string } {
  switch (mode) {
    case 'queue':
      return { consumerSettings: workerSettings, noun: 'worker' }
    case 'fanout':
      return { consumerSettings: subscriberSettings, noun: 'subscriber' }
    case 'log':
      return { consumerSettings: readerSettings, noun: 'reader' }
    default:
      return unreachable(mode)
  }
}
