import type { Manifest, ModeManifest } from '#lib/brokers/contract.ts'
import { chatroom, fanoutMode } from './manifest-fanout.ts'
import { logMode } from './manifest-log.ts'
import { listMode, queueMode } from './manifest-queue.ts'

/** A stream with a group, or a bare list, which can do less: its settings decide. */
const queue: ModeManifest = {
  ...queueMode,
  variant: ({ kind }) => (kind === 'list' ? listMode : queueMode),
}

export const manifest: Manifest = {
  id: 'redis',
  label: 'Redis',
  defaultPort: 6379,
  urlVariable: 'REDIS_URL',
  look: { hue: 'redis', glyph: 'g-redis' },
  modes: { queue, fanout: fanoutMode, log: logMode },
  classic: { mode: 'fanout', ...chatroom },
  crashNoticedAfterMs: 0,
}
