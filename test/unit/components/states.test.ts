import { describe, expect, test } from 'vitest'
import { happeningWords, type PaneStateInput, paneStateWords } from '#components/words/states.ts'
import { manifestOf } from '#lib/brokers/catalog.ts'
import type { PaneView } from '#lib/ledger/model/views.ts'
import type { Consumer } from '#lib/protocol/room.ts'

function input(system: string, consumer: Partial<Consumer>, part: Partial<PaneView> = {}): PaneStateInput {
  const manifest = manifestOf(system)
  const mode = manifest?.modes[manifest.classic.mode]
  if (!manifest || !mode) throw new Error(`no ${system}`)
  const whole: Consumer = {
    id: 'x',
    name: 'c-1',
    system,
    destination: manifest.classic.name,
    settings: {},
    state: 'attached',
    ...consumer,
  }
  const pane: PaneView = {
    consumer: whole,
    rows: [],
    dropped: 0,
    messages: 0,
    arrivals: 41,
    settled: 20,
    inHand: [],
    failing: [],
    partitions: [],
    version: 1,
    ...part,
  }
  return {
    pane,
    can: mode.can,
    destination: whole.destination,
    holding: null,
    rebalancing: false,
    crashedAt: null,
    now: 10_000,
  }
}

describe('the state beside a consumer’s name', () => {
  test('says that a worker is idle, or what it holds unsettled', () => {
    expect(paneStateWords(input('rabbitmq', {}))).toBe('idle, 20 done')
    const delivery = { messageId: 'm' } as PaneView['inHand'][number]
    expect(paneStateWords(input('rabbitmq', {}, { inHand: [delivery, delivery] }))).toBe('holding 2, 20 done')
    expect(paneStateWords({ ...input('rabbitmq', {}, { inHand: [delivery] }), holding: 42 })).toBe(
      'holding #42, 20 done',
    )
  })
  test('says that a subscriber listens', () => {
    expect(paneStateWords(input('redis', {}))).toBe('listening, 41 heard')
  })
  test('names a reader’s group and partitions', () => {
    expect(paneStateWords(input('kafka', { group: 'analytics' }, { partitions: [0, 1] }))).toBe(
      'analytics, p0 p1',
    )
    expect(paneStateWords(input('kafka', { group: 'analytics' }))).toBe('analytics, no partition')
    expect(paneStateWords({ ...input('kafka', { group: 'analytics' }), rebalancing: true })).toBe(
      'analytics, rebalancing',
    )
  })
  test('counts down to the eviction after a crash, then up from the crash', () => {
    expect(paneStateWords(input('kafka', { state: 'crashed', evictedAt: 13_500 }))).toBe(
      'crashed, evicted in 4 s',
    )
    expect(paneStateWords({ ...input('kafka', { state: 'crashed' }), crashedAt: 7_000 })).toBe(
      'crashed 3 s ago',
    )
  })
})

describe('the rows about a consumer in its pane', () => {
  const words = {
    label: 'Redis',
    keepsForAbsent: false,
    settles: false,
    unackedAfterCrash: 'requeued' as const,
    noticedAfterMs: 0,
  }
  const base = { epoch: 'e', seq: 1, at: 0, room: 'lobby', evidence: 'broker' as const }
  const place = { system: 'redis', destination: 'chatroom' }
  test.each([
    ['rabbitmq', 'requeued', 'Crashed. What it held went back to the queue.'],
    ['redis', 'pending', 'Crashed. What it held stays pending until another worker takes it over.'],
  ] as const)('say what becomes of what a crashed worker of %s held: %s', (system, fate, sentence) => {
    const mode = manifestOf(system)?.modes.queue
    expect(mode?.unackedAfterCrash ?? 'requeued').toBe(fate)
    const { consumer } = input(system, { state: 'crashed' }).pane
    const event = { kind: 'consumer' as const, ...base, ...place, consumer: 'w-1', now: consumer }
    const row = { type: 'state' as const, key: '1', at: 0, event, held: 1 }
    const queueWords = { ...words, keepsForAbsent: true, settles: true, unackedAfterCrash: fate }
    expect(happeningWords(row, 'w-1', queueWords)).toBe(sentence)
    expect(happeningWords({ ...row, held: 0 }, 'w-1', queueWords)).toBe('Crashed. It held nothing.')
  })
  test('say that messages were missed where nothing is kept for an absent consumer', () => {
    const event = {
      kind: 'gap' as const,
      ...base,
      ...place,
      from: null,
      to: null,
      reason: 'resubscribed' as const,
      consumer: 's-1',
      awayMs: 21_400,
    }
    const row = { type: 'gap' as const, key: '1', at: 0, event }
    expect(happeningWords(row, 's-1', words)).toBe(
      'Away for 21 s. What was sent meanwhile is missed; Redis kept none.',
    )
  })
  test.each([
    ['retention', 10, '10 messages in partition 0 were removed before it came to them.'],
    ['retention', 1, '1 message in partition 0 was removed before it came to them.'],
    [
      'compaction',
      3,
      '3 messages in partition 0 were compacted away before it came to them: newer ones have their keys.',
    ],
    ['transaction', 2, '2 offsets in partition 0 hold what transactions aborted, or their markers.'],
  ] as const)(
    'say how much of a log a reader will never get, and why: %s, %i',
    (reason, missed, sentence) => {
      const gap = {
        kind: 'gap' as const,
        ...base,
        ...place,
        from: null,
        to: null,
        consumer: 'r-1',
        awayMs: 0,
      }
      const row = { type: 'gap' as const, key: '1', at: 0, event: { ...gap, reason, missed, partition: 0 } }
      expect(happeningWords(row, 'r-1', words)).toBe(sentence)
    },
  )
  test('say after a rebalance who left and which partitions this reader has now', () => {
    const event = {
      kind: 'assignment' as const,
      ...base,
      ...place,
      group: 'analytics',
      phase: 'stable' as const,
      generation: 2,
      cause: { what: 'leave' as const, consumer: 'reader-2' },
      members: [{ consumer: 'reader-1', partitions: [0, 1, 2] }],
      durationMs: 312,
    }
    const row = { type: 'assignment' as const, key: '1', at: 0, event }
    expect(happeningWords(row, 'reader-1', words)).toBe(
      'Reads p0 p1 p2 now: reader-2 left. Shared out in 312 ms, generation 2.',
    )
  })
})
