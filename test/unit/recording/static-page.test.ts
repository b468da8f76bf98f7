import { describe, expect, test } from 'vitest'
import { staticData, staticPage } from '#lib/recording/static-page.ts'
import {
  consumer,
  content,
  delivered,
  destination,
  numbered,
  published,
  QUEUE,
  settled,
} from '../ledger/event-maker.ts'
import { recordingOf } from './recordings.ts'

const label = (system: string) => system.toUpperCase()
const evil = '</script><script>alert(1)</script><!--'
const recording = recordingOf(
  numbered([
    destination(QUEUE),
    consumer(QUEUE, 'worker-1', 'attached'),
    consumer(QUEUE, 'worker-2', 'attached'),
    published(QUEUE, 'message-1', { ...content(1), text: evil }),
    delivered(QUEUE, 'message-1', 'worker-1', 1),
    delivered(QUEUE, '__proto__', 'worker-2', 2, content(2)),
    settled('acknowledged', QUEUE, 'message-1', 'worker-1', 1),
    consumer(QUEUE, 'worker-2', 'crashed'),
  ]),
)

describe('a recording as one page', () => {
  test('says at which event each message stood how at each consumer', () => {
    expect(staticData(recording, label)).toMatchObject({
      events: 8,
      left: 0,
      messages: [
        { number: 1, text: evil, from: 5 },
        { number: 2, from: 6 },
      ],
      columns: [
        {
          name: 'worker-1',
          system: 'RABBITMQ',
          cells: [
            [
              0,
              [
                [5, 'in-hand'],
                [7, 'acknowledged'],
              ],
            ],
          ],
        },
        {
          name: 'worker-2',
          cells: [
            [
              1,
              [
                [6, 'in-hand'],
                [8, 'lost'],
              ],
            ],
          ],
        },
      ],
    })
  })

  test('asks nothing of any network, and no text in it ends its script', () => {
    const page = staticPage(recording, label)
    expect(page).not.toMatch(/https?:|src=|href=|@import|url\(/)
    expect(page.match(/<\/script>/g)).toHaveLength(2)
    expect(page).not.toContain('<!--')
  })
})
