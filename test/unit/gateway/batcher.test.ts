import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Batcher } from '#lib/gateway/batcher.ts'
import {
  BATCH_MAX_CHARS,
  CROWD_FRAME_BATCHES,
  CROWD_FRAME_MAX_MS,
  IMMEDIATE_BATCHES_MAX,
  IMMEDIATE_MS_PER_FRAME,
} from '#lib/gateway/limits.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { BATCH_MAX_EVENTS, FRAME_MS } from '#lib/protocol/limits.ts'

const event = (seq: number, text = 'words'): RoomEvent => ({
  kind: 'fault',
  epoch: 'e',
  seq,
  at: 0,
  room: 'lobby',
  evidence: 'client',
  code: 'scripted',
  text,
})

const arrival = (seq: number): RoomEvent => ({
  kind: 'delivered',
  epoch: 'e',
  seq,
  at: 0,
  room: 'lobby',
  evidence: 'broker',
  system: 'redis',
  destination: 'chatroom',
  messageId: 'm',
  consumer: 'subscriber-1',
  delivery: seq,
  attempt: 1,
  redelivered: false,
  latencyMs: null,
  address: { kind: 'channel', channel: 'chatroom' },
})

/** What sending a batch takes, by the fake clock. */
let costMs = 0
let sent: RoomEvent[][] = []
const collect = () =>
  new Batcher((events) => {
    sent.push(events)
    if (costMs > 0) vi.advanceTimersByTime(costMs)
  })

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['queueMicrotask', 'setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout', 'performance'],
  })
  costMs = 0
  sent = []
})
afterEach(() => vi.useRealTimers())

describe('batches', () => {
  test('the events of one turn of the event loop are sent together at its end', () => {
    const batcher = collect()
    batcher.push(event(1))
    batcher.push(event(2))
    expect(sent).toEqual([])
    vi.advanceTimersByTime(0)
    expect(sent.map((batch) => batch.length)).toEqual([2])
  })

  test('when sending has used its share of the frame, the rest waits for the frame’s end', () => {
    const batcher = collect()
    costMs = FRAME_MS / 4
    for (let seq = 1; seq <= 2; seq += 1) {
      batcher.push(event(seq))
      vi.advanceTimersByTime(0)
      expect(sent).toHaveLength(seq)
    }
    batcher.push(event(3))
    vi.advanceTimersByTime(FRAME_MS / 2 - 1)
    batcher.push(event(4))
    expect(sent).toHaveLength(2)
    vi.advanceTimersByTime(2)
    expect(sent.at(-1)?.map(({ seq }) => seq)).toEqual([3, 4])
  })

  test('a delivery is sent when the code that emitted it has run, with everything that waits for the turn to end', () => {
    const batcher = collect()
    batcher.push(event(1))
    vi.runAllTicks()
    expect(sent).toEqual([])
    batcher.push(arrival(2))
    vi.runAllTicks()
    expect(sent.map((batch) => batch.map(({ seq }) => seq))).toEqual([[1, 2]])
    vi.advanceTimersByTime(0)
    expect(sent).toHaveLength(1)
  })

  test('a message to each of three brokers waits for nothing, even where sending is slow', () => {
    const batcher = collect()
    costMs = IMMEDIATE_MS_PER_FRAME / 4
    for (let seq = 1; seq <= IMMEDIATE_BATCHES_MAX / 2; seq += 1) {
      batcher.push(event(seq))
      vi.advanceTimersByTime(0)
      expect(sent).toHaveLength(seq)
    }
  })

  test('a burst takes one batch a frame, until a frame passes in quiet', () => {
    const batcher = collect()
    costMs = FRAME_MS / 2
    const frames = 20
    for (let ms = 0; ms < frames * FRAME_MS; ms += 1) {
      batcher.push(event(ms))
      costMs = ms < FRAME_MS ? FRAME_MS / 2 : 0
      vi.advanceTimersByTime(1)
    }
    expect(sent.length).toBeLessThanOrEqual(frames + IMMEDIATE_BATCHES_MAX)
    vi.advanceTimersByTime(2 * FRAME_MS)
    const before = sent.length
    batcher.push(event(999))
    vi.advanceTimersByTime(0)
    expect(sent).toHaveLength(before + 1)
  })

  test('while sending is cheap, nothing waits', () => {
    const batcher = collect()
    for (let seq = 1; seq <= 100; seq += 1) {
      batcher.push(event(seq))
      vi.advanceTimersByTime(0)
    }
    expect(sent).toHaveLength(100)
  })

  test('a full batch is sent at once', () => {
    const batcher = collect()
    for (let seq = 1; seq <= BATCH_MAX_EVENTS; seq += 1) batcher.push(event(seq))
    expect(sent.map((batch) => batch.length)).toEqual([BATCH_MAX_EVENTS])
    batcher.push(event(1, 'x'.repeat(BATCH_MAX_CHARS)))
    expect(sent).toHaveLength(2)
  })

  test('headers fill a batch as text does', () => {
    const batcher = collect()
    const headers = { long: 'x'.repeat(BATCH_MAX_CHARS) }
    batcher.push({ ...arrival(1), text: 'short', headers } as RoomEvent)
    expect(sent).toHaveLength(1)
  })

  test('after closing nothing is sent', () => {
    const batcher = collect()
    batcher.push(event(1))
    batcher.close()
    batcher.push(event(2))
    vi.advanceTimersByTime(1_000)
    expect(sent).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('where a batch takes long to send, as to a crowd, a burst takes one batch in several times as long', () => {
    const batcher = collect()
    costMs = FRAME_MS / 2
    const lasted = 20 * CROWD_FRAME_BATCHES * costMs
    const from = performance.now()
    for (let seq = 1; performance.now() - from < lasted; seq += 1) {
      batcher.push(event(seq))
      vi.advanceTimersByTime(1)
    }
    expect(sent.length).toBeLessThanOrEqual(
      lasted / (CROWD_FRAME_BATCHES * costMs) + IMMEDIATE_BATCHES_MAX / 2,
    )
    expect(sent.length).toBeGreaterThan(10)
  })

  test('whatever the timing and the cost, every event is sent once, in order, within a frame of the length that the cost asks for', () => {
    const steps = fc.array(fc.record({ pause: fc.nat(40), events: fc.nat(300), cost: fc.nat(30) }), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(steps, (given) => {
        sent = []
        const batcher = collect()
        let seq = 0
        for (const { pause, events, cost } of given) {
          costMs = 0
          vi.advanceTimersByTime(pause)
          costMs = cost
          for (let one = 0; one < events; one += 1) batcher.push(event(++seq))
        }
        costMs = 0
        vi.advanceTimersByTime(CROWD_FRAME_MAX_MS + 1)
        expect(sent.flat().map((one) => one.seq)).toEqual(
          Array.from({ length: seq }, (_, index) => index + 1),
        )
        expect(sent.every((batch) => batch.length > 0 && batch.length <= BATCH_MAX_EVENTS)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })
})
