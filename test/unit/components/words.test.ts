import { describe, expect, test } from 'vitest'
import { meaningWords, othersWords, statusWord, troubleWords, tryWords } from '#components/words/brokers.ts'
import { cellWords } from '#components/words/cells.ts'
import { errorWords } from '#components/words/errors.ts'
import { ghostWords } from '#components/words/ghosts.ts'
import { receiptWords } from '#components/words/receipts.ts'
import { listed, plain } from '#components/words/sentence.ts'
import { heldVerdictWords, type LaneWords, scoreWords, verdictWords } from '#components/words/verdicts.ts'
import { catalog, manifestOf } from '#lib/brokers/catalog.ts'
import type { VerdictView } from '#lib/ledger/model/trace-views.ts'
import { errorCodes } from '#lib/protocol/errors.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'

const lane: LaneWords = { label: 'RabbitMQ', consumerNoun: 'worker', mode: 'queue' }
const got = (part: Partial<Extract<VerdictView, { kind: 'got' }>>): VerdictView => ({
  kind: 'got',
  number: 42,
  got: 1,
  of: 2,
  shape: 'queue',
  groups: null,
  beyond: [],
  fates: [],
  finished: false,
  by: ['worker-2'],
  ...part,
})
const say = (verdict: VerdictView) => plain(verdictWords(verdict, lane, 42))

describe('the verdict', () => {
  test.each([
    [got({}), '1 of 2 got #42: a queue'],
    [got({ finished: true }), '1 of 2 finished #42: a queue'],
    [got({ got: 2, shape: 'fanout' }), '2 of 2 got #42: fan-out'],
    [got({ got: 2, of: 3, shape: 'log', groups: { got: 2, of: 2 } }), '1 per group got #42: a log'],
    [got({ got: 1, of: 3, shape: 'log', groups: { got: 1, of: 2 } }), '1 of 2 groups got #42: a log'],
    [
      got({ of: 3, shape: 'log', groups: { got: 1, of: 2 }, beyond: ['analytics'] }),
      '1 of 2 groups got #42: analytics is past it',
    ],
    [got({ of: 3, shape: 'mixed', beyond: ['analytics', 'late'] }), '1 of 3 got #42: 2 groups are past it'],
    [
      { kind: 'passed', number: 42, of: 2, groups: ['analytics'] } as const,
      '0 of 2 got #42: analytics is past it',
    ],
    [got({ of: 1, shape: 'single' }), '1 of 1 got #42'],
    [got({ got: 3, of: 4, shape: 'mixed' }), '3 of 4 got #42'],
    [{ kind: 'stored', number: 42, of: 2 } as const, '0 of 2 got #42 yet: it waits in the queue'],
    [{ kind: 'unheard', number: 42, of: 0 } as const, 'Nobody heard #42: 0 listening, no copy kept'],
    [{ kind: 'stored', number: 42, of: 0 } as const, 'Nobody got #42 yet: it waits in the queue'],
    [{ kind: 'not-sent', to: [] } as const, '#42 was not sent here'],
    [
      { kind: 'not-sent', to: [{ destination: 'announcements', mode: 'fanout' }] } as const,
      '#42 went to announcements, a fan-out',
    ],
    [
      { kind: 'not-sent', to: [{ destination: 'trial', mode: null }] } as const,
      '#42 went to trial, which is gone',
    ],
    [
      got({ shape: 'mixed', fates: [{ fate: 'missed', who: ['subscriber-2'] }] }),
      '1 of 2 got #42: subscriber-2 missed it',
    ],
    [
      got({ of: 3, shape: 'log', groups: { got: 1, of: 2 }, fates: [{ fate: 'away', who: ['reader-3'] }] }),
      '1 of 2 groups got #42: it waits for reader-3',
    ],
    [got({ shape: 'mixed', fates: [{ fate: 'coming', who: ['subscriber-2'] }] }), '1 of 2 got #42'],
    [
      {
        kind: 'nobody',
        number: 42,
        of: 5,
        fates: [
          { fate: 'missed', who: ['a', 'b', 'c'] },
          { fate: 'paused', who: ['d'] },
          { fate: 'coming', who: ['e'] },
        ],
      } as const,
      '0 of 5 got #42: 3 missed it, d is paused',
    ],
    [{ kind: 'elsewhere', number: 42, of: 2, heardBy: 1 } as const, '0 of 2 heard #42: 1 outside did'],
    [{ kind: 'none' } as const, 'Nothing sent yet'],
    [{ kind: 'uncertain', number: 42, reason: 'x' } as const, 'Unknown #42 may or may not have arrived'],
    [{ kind: 'refused', number: 42, reason: 'full' } as const, 'Refused #42: full'],
  ])('%o', (verdict, words) => {
    expect(say(verdict)).toBe(words)
    // One fact has one score: the receipt and the tabs begin with the same words.
    expect(scoreWords(verdict, lane).strong).toBe(verdictWords(verdict, lane, 42).strong)
  })

  test('says of a message that this browser holds that it is held, not sent', () => {
    expect(plain(heldVerdictWords(42, 3))).toBe('0 of 3 have #42: it is held here')
  })
})

describe('the score', () => {
  test('counts consumers of a queue, and one per group of a log', () => {
    expect(plain(scoreWords(got({}), lane))).toBe('1 of 2 workers')
    expect(plain(scoreWords(got({ got: 2, of: 3, shape: 'log', groups: { got: 2, of: 2 } }), lane))).toBe(
      '1 per group',
    )
  })
  test('does not say one per group where a group is past the message', () => {
    const logged = { of: 3, shape: 'log', groups: { got: 1, of: 2 }, beyond: ['analytics'] } as const
    expect(plain(scoreWords(got(logged), lane))).toBe('1 of 2 groups 1 group past it')
  })
  test('does not hide a loss behind a full score', () => {
    const missed = got({ shape: 'mixed', fates: [{ fate: 'missed', who: ['subscriber-2'] }] })
    expect(plain(scoreWords(missed, lane))).toBe('1 of 2 1 missed it')
  })
  test('names the destination that the message went to instead', () => {
    const to = [{ destination: 'announcements', mode: 'fanout' }] as const
    expect(plain(scoreWords({ kind: 'not-sent', to }, lane))).toBe('went to announcements')
  })
  test('is nobody where nobody listens', () => {
    expect(plain(scoreWords({ kind: 'unheard', number: 1, of: 0 }, lane))).toBe('Nobody heard it')
  })
})

describe('the reasons of ghost rows', () => {
  const words = { label: 'Redis', consumerNoun: 'subscriber', consumer: 'subscriber-2' }
  test.each([
    [
      { why: 'other-consumer', consumer: 'worker-2' } as const,
      'worker-2 has it. One subscriber per message.',
    ],
    [{ why: 'other-partition', partition: 2, owner: 'reader-2' } as const, 'is in p2, and reader-2 owns p2'],
    [
      { why: 'other-partition', partition: 2, owner: 'reader-2', ownerIsAway: true } as const,
      'is in p2, and waits until Redis gives p2 to another subscriber or reader-2 is back.',
    ],
    [{ why: 'absent-waits', until: 'it' } as const, 'waits on Redis until subscriber-2 is back.'],
    [{ why: 'absent-waits', until: 'anyone' } as const, 'waits on Redis until a subscriber is back.'],
    [
      { why: 'absent-waits', until: 'taken', partition: 2 } as const,
      'waits on Redis until Redis gives p2 to another subscriber or subscriber-2 is back.',
    ],
    [{ why: 'other-partition', partition: 2, owner: null } as const, 'is in p2, which nobody here reads now'],
    [{ why: 'crashed-holding', now: 'worker-1' } as const, 'was in hand here. worker-1 has it now.'],
    [{ why: 'crashed-holding', now: null } as const, 'was in hand here at the crash. Nobody has it yet.'],
    [{ why: 'started-after' } as const, 'is kept, but subscriber-2 starts at the end. Replay brings it.'],
    [{ why: 'absent-gone' } as const, 'passed while subscriber-2 was away. Redis kept no copy for it.'],
    [{ why: 'paused' } as const, 'waits while subscriber-2 is paused.'],
    [{ why: 'position-beyond', group: 'analytics' } as const, 'is not coming: analytics is past it already.'],
    [
      { why: 'position-beyond', group: null } as const,
      'is kept, but subscriber-2 was moved past it. Replay brings it.',
    ],
    [{ why: 'not-sent-here' } as const, null],
  ])('%o', (ghost, sentence) => expect(ghostWords(ghost, words)).toBe(sentence))

  test.each([
    [{ why: 'paused' } as const, 'paused', 'subscriber-2: waits while subscriber-2 is paused.'],
    [{ why: 'waiting' } as const, 'coming', 'subscriber-2: coming: is on its way.'],
    [{ why: 'unheard' } as const, 'unheard', 'subscriber-2: never: was heard by nobody.'],
    [
      { why: 'other-consumer', consumer: 'worker-2' } as const,
      'taken by',
      'subscriber-2: never: worker-2 has it. One subscriber per message.',
    ],
  ])('%o in a cell of the matrix, and never twice', (ghost, first, name) => {
    expect(cellWords({ kind: 'ghost', ghost }, words)).toMatchObject({ first, name })
  })
})

describe('errors', () => {
  test('every code has its own sentence', () => {
    const sentences = errorCodes.map((code) =>
      errorWords(code, { label: 'Kafka', detail: { reason: 'why' } }),
    )
    expect(new Set(sentences).size).toBe(errorCodes.length)
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].*(\.|: why)$/)
  })
  test('a rate limit says when to try again', () => {
    expect(errorWords('rate-limited', { retryAfterMs: 1_200 })).toBe('Too many at once. Try again in 2 s.')
  })
  test('a code that is not known is shown as it is', () => {
    expect(errorWords('brand-new')).toBe('It did not work (brand-new).')
  })
})

describe('a broker that is away', () => {
  const away = (part: Partial<BrokerStatus>): BrokerStatus => ({
    system: 'kafka',
    status: 'connecting',
    since: 0,
    ...part,
  })
  test('is connecting at first, reconnecting once it was tried or lost, starting while it starts', () => {
    expect(statusWord(undefined)).toBe('connecting')
    expect(statusWord(away({ reason: { code: 'looking', text: '' } }))).toBe('connecting')
    expect(statusWord(away({ tries: 3 }))).toBe('reconnecting')
    expect(statusWord(away({ reason: { code: 'lost', text: '' } }))).toBe('reconnecting')
    expect(statusWord(away({ reason: { code: 'starting', text: '' } }))).toBe('starting')
    expect(statusWord(away({ status: 'down' }))).toBe('down')
  })
  test('says how often it was tried and when it is tried next', () => {
    expect(tryWords(away({ tries: 3, nextTryAt: 12_000 }), 10_100)).toBe('try 3, next in 2 s')
  })
  test('says what was tried, at which address', () => {
    const words = troubleWords(
      away({ status: 'down', address: 'localhost:9092', reason: { code: 'refused', text: 'ECONNREFUSED' } }),
      'Kafka',
    )
    expect(words).toEqual({
      title: 'Kafka is not running',
      body: 'Nothing answers at localhost:9092',
      raw: 'ECONNREFUSED',
    })
  })
  test('says what its loss means for the mode, and which brokers still work', () => {
    const modes = catalog.map((manifest) => manifest.modes[manifest.classic.mode])
    expect(modes.map((mode) => mode && meaningWords(mode))).toEqual([
      'Workers come back by themselves; the queue may have lost what it held in memory.',
      'Subscribers come back by themselves; what is sent meanwhile is not kept.',
      'Readers resume at their committed offsets.',
    ])
    expect(othersWords(catalog, ({ id }) => id !== 'kafka')).toBe('RabbitMQ and Redis go on.')
    expect(othersWords(catalog, ({ id }) => id === 'redis')).toBe('Redis goes on.')
    expect(othersWords(catalog, () => false)).toBe('')
    expect(manifestOf('kafka')?.label).toBe('Kafka')
  })
})

describe('the receipt', () => {
  const base = {
    number: 42,
    time: '10:24:18',
    outside: false,
    to: ['RabbitMQ', 'Redis', 'Kafka'],
    reached: ['RabbitMQ', 'Redis', 'Kafka'],
    held: [] as string[],
    failed: [] as string[],
    pending: false,
    of: 3,
  }
  const read = (part: Partial<typeof base>) => {
    const { first, second } = receiptWords({ ...base, ...part })
    return `${plain(first)} / ${second}`
  }
  test('describes a send to all brokers', () =>
    expect(read({})).toBe('sent to all three / At 10:24:18. Who got it?'))
  test('describes a send to one broker', () =>
    expect(read({ to: ['Redis'], reached: ['Redis'] })).toBe('sent to Redis / At 10:24:18. Who got it?'))
  test('describes a send that reached two of three, and what happens to the third', () => {
    expect(read({ reached: ['RabbitMQ', 'Redis'], held: ['Kafka'] })).toBe(
      'reached 2 of 3 brokers / Kafka gets it when it is back',
    )
    expect(read({ reached: ['RabbitMQ', 'Redis'], failed: ['Kafka'] })).toBe(
      'reached 2 of 3 brokers / Not Kafka',
    )
  })
  test('says when everything is held', () =>
    expect(read({ reached: [], held: ['Redis', 'Kafka'] })).toBe(
      'is held here / Redis and Kafka get it when they are back',
    ))
})

test('lists are joined as in English', () => {
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listed)).toEqual(['', 'a', 'a and b', 'a, b and c'])
})
