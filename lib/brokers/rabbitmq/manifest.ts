import type { Manifest } from '../contract.ts'
import { fanoutMode } from './manifest-fanout.ts'
import { logMode } from './manifest-log.ts'
import { mailbox, queueMode } from './manifest-queue.ts'

export const manifest: Manifest = {
  id: 'rabbitmq',
  label: 'RabbitMQ',
  defaultPort: 5672,
  urlVariable: 'RABBITMQ_URL',
  look: { hue: 'rabbit', glyph: 'g-rabbitmq' },
  modes: { queue: queueMode, fanout: fanoutMode, log: logMode },
  classic: { mode: 'queue', ...mailbox },
  crashNoticedAfterMs: 0,
}
