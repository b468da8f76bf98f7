import { z } from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { queueConsumerSettings } from './manifest.ts'

/** How many deliveries a worker may hold; the default where nothing is said. Throws AppError `invalid`. */
export function prefetchOf(settings: Settings): number {
  const parsed = queueConsumerSettings.safeParse(settings)
  if (parsed.success) return parsed.data.prefetch
  throw new AppError('invalid', `settings of a RabbitMQ worker: ${z.prettifyError(parsed.error)}`)
}

/** The settings after a change. Throws AppError `not-capable` for one that a worker doesn't have. */
export function changedSettings(before: Settings, change: Settings): Settings {
  const unknown = Object.keys(change).find((name) => !(name in queueConsumerSettings.shape))
  if (unknown !== undefined) {
    throw new AppError('not-capable', `a RabbitMQ worker has no setting "${unknown}"`)
  }
  return { ...before, ...change }
}
