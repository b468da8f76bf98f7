import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RECORDING_MAX_BYTES } from '#lib/recording/format.ts'
import { isTooLarge, readRecording } from '#lib/recording/read.ts'
import { createClassicStream } from '#test/support/classic-stream.ts'
import { CHANNEL, delivered, numbered, QUEUE } from '../ledger/event-maker.ts'
import { OPENING, story } from '../ledger/stories.ts'
import { atOnce, recordingOf, textOf } from './recordings.ts'

const read = (text: string) => readRecording(text, { yieldNow: atOnce })
const good = recordingOf(createClassicStream().take(11))
const lines = textOf(good).trimEnd().split('\n')
const withLine = (index: number, line: string) => lines.with(index, line).join('\n')

describe('what was written is read', () => {
  test('any stream comes back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(story(true), async (drafts) => {
        const recording = recordingOf(numbered([...OPENING, ...drafts]))
        expect(await read(textOf(recording))).toEqual({ ok: true, recording, cut: 0 })
      }),
      { numRuns: 100 },
    )
  })

  test('deliveries of an old recording, which do not say whether they are in hand, are as their addresses imply', async () => {
    const entry = { kind: 'entry', stream: 'jobs', id: '1-0' } as const
    const old = recordingOf(
      numbered([
        delivered(QUEUE, 'a', 'worker-1', 1, { inHand: undefined }),
        delivered(QUEUE, 'a', 'worker-1', 2, { inHand: undefined, address: entry, group: 'workers' }),
        delivered(QUEUE, 'a', 'worker-1', 3, { inHand: undefined, address: entry }),
        delivered(QUEUE, 'a', 'worker-1', 4, { inHand: false }),
        delivered(CHANNEL, 'b', 'subscriber-1', 1),
      ]),
    )
    const result = await read(textOf(old))
    const events = result.ok ? result.recording.events : []
    expect(events.map((event) => event.kind === 'delivered' && event.inHand)).toEqual([
      true,
      true,
      undefined,
      false,
      undefined,
    ])
  })

  test('a file that ends early is read as far as it goes, and says by how much', async () => {
    expect(await read(lines.slice(0, 8).join('\n'))).toMatchObject({ ok: true, cut: 4 })
  })
})

describe('what is not a recording is refused with the place and the reason', () => {
  const header = JSON.parse(lines[0] ?? '')
  test.each([
    ['nothing', '', { code: 'not-a-recording' }],
    ['a picture', '\u0089PNG\r\n\u001a\n\u0000', { code: 'not-a-recording' }],
    ['other JSON', '{"hello": 1}\n', { code: 'not-a-recording' }],
    ['a deep array', `${'['.repeat(100_000)}`, { code: 'not-a-recording' }],
    [
      'a later version',
      withLine(0, JSON.stringify({ ...header, version: 2 })),
      { code: 'version', version: '2' },
    ],
    [
      'a header without a room',
      withLine(0, JSON.stringify({ ...header, room: undefined })),
      { code: 'broken-header' },
    ],
    ['a header alone', `${lines[0]}\n`, { code: 'empty' }],
    [
      'a line that is no JSON',
      withLine(3, '{"kind": '),
      { code: 'broken-line', line: 4, detail: 'not JSON' },
    ],
    ['an event of no kind', withLine(5, '{"kind": "party"}'), { code: 'broken-line', line: 6 }],
    ['a prototype', withLine(2, '{"__proto__": {"kind": "people"}}'), { code: 'broken-line', line: 3 }],
    ['events out of order', withLine(4, lines[2] ?? ''), { code: 'out-of-order', line: 5 }],
  ])('%s', async (_, text, fault) => {
    expect(await read(text)).toMatchObject({ ok: false, fault })
  })

  test('more events than a recording may hold, and files too large to be read', async () => {
    const tight = { yieldNow: atOnce, limits: { events: 10, chars: 1_000_000 } }
    expect(await readRecording(textOf(good), tight)).toEqual({ ok: false, fault: { code: 'too-large' } })
    expect(isTooLarge(RECORDING_MAX_BYTES + 1)).toBe(true)
    expect(isTooLarge(1_000)).toBe(false)
  })

  test('whatever bytes there are, reading never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.nat({ max: 11 }), async (junk, index) => {
        expect(typeof (await read(withLine(index, junk))).ok).toBe('boolean')
      }),
      { numRuns: 200 },
    )
  })
})
