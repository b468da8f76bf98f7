import { describe, expect, test } from 'vitest'
import { type RecordedSend, resend, sendsOf } from '#lib/recording/resend.ts'
import { AT, CHANNEL, delivered, numbered, published, QUEUE } from '../ledger/event-maker.ts'
import { recordingOf } from './recordings.ts'

const one = { number: 1, text: 'one', sender: 'Ada', sentAt: AT }
const two = { number: 2, text: 'two', key: 'eu', sentAt: AT + 400 }

const recording = recordingOf(
  numbered([
    delivered(CHANNEL, 'message-2', 'subscriber-1', 1, two),
    published(QUEUE, 'message-1', one),
    published(CHANNEL, 'message-1'),
    delivered(QUEUE, 'message-3', 'worker-1', 2, { number: 3, text: 'not ours', outside: true }),
    published(QUEUE, 'message-4', { number: 4, text: '?', bytes: '/w==', sentAt: AT + 500 }),
  ]),
)

test('a recording’s sends are each message once, in order, with its destinations, without those of outside programs', () => {
  expect(sendsOf(recording)).toEqual({
    skipped: 2,
    sends: [
      {
        after: 0,
        text: 'one',
        sender: 'Ada',
        key: undefined,
        headers: undefined,
        to: [
          { system: 'rabbitmq', destination: 'mailbox' },
          { system: 'redis', destination: 'chatroom' },
        ],
      },
      {
        after: 400,
        text: 'two',
        sender: undefined,
        key: 'eu',
        headers: undefined,
        to: [{ system: 'redis', destination: 'chatroom' }],
      },
    ],
  })
})

describe('sending again', () => {
  async function run(sends: readonly RecordedSend[], answers: object[], speed = 2) {
    let time = 0
    const asked: unknown[] = []
    const waits: number[] = []
    const end = await resend({
      sends,
      speed,
      destinations: [{ system: 'rabbitmq', name: 'mailbox' }],
      publish: (input) => {
        asked.push(input)
        return Promise.resolve((answers[asked.length - 1] ?? { ok: true, value: { outcomes: {} } }) as never)
      },
      wait: (ms) => {
        waits.push(ms)
        time += ms
        return Promise.resolve()
      },
      now: () => time,
      newId: () => `id-${asked.length}`,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    })
    return { end, asked, waits }
  }

  test('keeps the recording’s own time at the speed asked for, and sends where the room has such a destination', async () => {
    const { end, asked, waits } = await run(sendsOf(recording).sends, [])
    expect(end).toEqual({ sent: 2, failed: 0, of: 2 })
    expect(waits).toEqual([200])
    expect(asked).toMatchObject([
      {
        text: 'one',
        sender: 'Ada',
        to: [{ system: 'rabbitmq', destination: 'mailbox' }, { system: 'redis' }],
      },
      { text: 'two', key: 'eu' },
    ])
  })

  test('waits as long as the room asks for and tries the same send again; a refused one counts as failed', async () => {
    const slow = { ok: false, code: 'too-many-requests', message: '', retryAfterMs: 30 }
    const down = { ok: true, value: { outcomes: { redis: { ok: false, code: 'broker-down', message: '' } } } }
    const { end, asked, waits } = await run(sendsOf(recording).sends, [slow, undefined as never, down])
    expect(end).toEqual({ sent: 1, failed: 1, of: 2 })
    expect(waits).toContain(30)
    expect((asked[0] as { id: string }).id).toBe((asked[1] as { id: string }).id)
  })
})
