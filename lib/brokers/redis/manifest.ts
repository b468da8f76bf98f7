import type { Manifest } from '../contract.ts'
import { chatroom, fanoutMode } from './modes/fanout.ts'
import { logMode } from './modes/log.ts'
import { queueMode } from './modes/queue.ts'

export const manifest: Manifest = {
  id: 'redis',
  label: 'Redis',
  defaultPort: 6379,
  urlVariable: 'REDIS_URL',
  look: { hue: 'redis', glyph: 'g-redis' },
  modes: { queue: queueMode, fanout: fanoutMode, log: logMode },
  classic: { mode: 'fanout', ...chatroom },
  crashNoticedAfterMs: 0,
}
