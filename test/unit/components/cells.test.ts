import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { markedIn, sharedMark } from '#components/keep/marks-of-facts.ts'
import { tracedPlace } from '#components/keep/traced-place.ts'
import { partitionCount, seekPlaces } from '#components/pane/seek-places.ts'
import { type Extras, extrasFor, extrasSet, NO_EXTRAS, previewOf } from '#components/send/message-extras.ts'
import { headersOf, headersProblem, withoutEmptyEnd } from '#components/send/message-headers.ts'
import { deathWords } from '#components/words/deaths.ts'
import { factLines, outsideCount, sizeWords, slowestWords, waitingSum } from '#components/words/facts.ts'
import { loadStateWords, loadWords } from '#components/words/loads.ts'
import { modeLacking } from '#components/words/modes.ts'
import { previewWords } from '#components/words/preview.ts'
import { scrubWords } from '#components/words/seek.ts'
import type { Manifest, ModeManifest } from '#lib/brokers/contract.ts'
import type { TraceView } from '#lib/ledger/model/trace-views.ts'
import type { DestinationView, LoadView } from '#lib/ledger/model/views.ts'
import { fanoutFacts, groupFacts, logFacts, queueFacts } from '#lib/protocol/facts.ts'
import type { Consumer } from '#lib/protocol/room.ts'

const reader = (name: string, group?: string) => ({ name, group, settings: {} }) as unknown as Consumer
const mode = (part: object) =>
  ({
    can: { key: 'routing-key', headers: true },
    messageSettings: z.object({}),
    ...part,
  }) as unknown as ModeManifest

const topic = logFacts({
  partitions: [
    { partition: 0, low: '0', end: '10' },
    { partition: 1, low: '5', end: '20' },
  ],
  groups: [
    groupFacts({
      group: 'analytics',
      state: 'Stable',
      generation: 4,
      lag: 3,
      members: [
        { consumer: 'reader-1', clientId: 'sb-1', outside: false, partitions: [0, 1] },
        { consumer: null, clientId: 'kcat', outside: true, partitions: [] },
      ],
      committed: [
        { partition: 0, offset: '8' },
        { partition: 1, offset: null },
      ],
    }),
  ],
  retentionMs: 604_800_000,
})

describe('the positions a reader can seek to', () => {
  test('are in the partitions it owns; its own position is what its group committed', () => {
    expect(seekPlaces(topic, reader('reader-1', 'analytics'), [0])).toEqual([
      { partition: 0, low: 0, end: 10, next: 8 },
    ])
    expect(seekPlaces(topic, reader('reader-1', 'analytics'), []).map(({ next }) => next)).toEqual([8, null])
  })

  test('without a group: its own position is as far from the end as the broker says', () => {
    const stream = logFacts({
      partitions: [{ partition: 0, low: '2', end: '9', last: '1732620000000-0' }],
      readers: [{ consumer: 'reader-1', position: '1732620000000-0', lag: 4 }],
      retentionMs: null,
    })
    expect(seekPlaces(stream, reader('reader-1'), [])).toEqual([{ partition: 0, low: 2, end: 9, next: 5 }])
  })

  test('exist also for a queue that is built on a log, and for no other destination', () => {
    const share = { ready: 2, unacked: null, consumers: 2, durable: true }
    const partitions = [{ partition: 0, low: '0', end: '4', committed: '2' }]
    expect(seekPlaces(queueFacts({ ...share, partitions }), reader('worker-1'), [])[0]?.next).toBe(2)
    expect(seekPlaces(queueFacts(share), reader('worker-1'), [])).toEqual([])
    expect(seekPlaces(null, reader('worker-1'), [])).toEqual([])
    expect(partitionCount(topic)).toBe(2)
  })

  test('are described by how many messages would be read again', () => {
    const place = { partition: 2, several: true }
    expect(scrubWords(place, 17, 0, 20)).toBe('From p2@17: 3 messages to read')
    expect(scrubWords(place, 0, 0, 20)).toBe('From the oldest kept: 20 messages to read')
    expect(scrubWords({ partition: 0, several: false }, 20, 0, 20)).toBe(
      '20: the end, only what comes from now on',
    )
  })
})

describe('the marks on a log’s partitions', () => {
  test('are groups first, then readers without a group', () => {
    const facts = logFacts({ ...topic, readers: [{ consumer: 'reader-9', position: null, lag: 4 }] })
    expect(markedIn(facts).map(({ name }) => name)).toEqual(['analytics', 'reader-9'])
    expect(markedIn(facts)[1]?.committed).toEqual([
      { partition: 0, offset: '6' },
      { partition: 1, offset: '16' },
    ])
  })

  test('of a queue that is built on a log are what its workers have committed', () => {
    const partitions = [{ partition: 0, low: '0', end: '4', committed: '2' }]
    const facts = queueFacts({ ready: 2, unacked: null, consumers: 1, durable: null, partitions })
    expect(sharedMark(facts, 'workers').committed).toEqual([{ partition: 0, offset: '2' }])
  })

  describe('and the traced record', () => {
    const trace = (address: object, ...read: readonly object[]) =>
      ({
        receipt: { state: 'published', address },
        cords: new Map(read.map((one, index) => [`reader-${index}`, { address: one }])),
      }) as unknown as TraceView
    const entry = (id: string, index?: number) => ({ kind: 'entry', stream: 's', id, index })
    const named = [{ partition: 0, low: '0', end: '40', last: '9-1' }]

    test('is at its offset where the broker numbers its records', () => {
      const offset = { kind: 'offset', topic: 't', partition: 2, offset: '17' }
      expect(tracedPlace(trace(offset), [])).toEqual({ partition: 2, offset: 17 })
      const counted = [{ partition: 0, low: '0', end: '18' }]
      expect(tracedPlace(trace(entry('17')), counted)).toEqual({ partition: 0, offset: 17 })
    })

    test('is the last one where the broker says it is the newest', () => {
      expect(tracedPlace(trace(entry('9-1')), named)).toEqual({ partition: 0, offset: 39 })
    })

    test('is where a reader with a known position read it, whatever was read since', () => {
      const place = tracedPlace(trace(entry('8-0'), entry('8-0'), entry('8-0', 31)), named)
      expect(place).toEqual({ partition: 0, offset: 31 })
    })

    test('has no known position where no reader with a known position read it', () => {
      expect(tracedPlace(trace(entry('8-0')), named)).toBeNull()
      expect(tracedPlace(trace(entry('8-0'), entry('8-0')), named)).toBeNull()
    })
  })
})

describe('the options of a message', () => {
  const extras: Extras = {
    key: 'eu.orders',
    headers: [
      { name: 'tenant', value: 'acme' },
      { name: '', value: 'unfinished' },
    ],
    settings: { priority: 5, other: true },
  }

  test('are those that the mode knows and that differ from its defaults', () => {
    const messageSettings = z.object({ priority: z.number().default(0), ttlMs: z.number().default(0) })
    const rich = mode({ messageSettings })
    expect(extrasFor(rich, extras)).toEqual({
      key: 'eu.orders',
      headers: { tenant: 'acme' },
      settings: { priority: 5 },
    })
    expect(extrasSet(rich, extras)).toBe(2)
    expect(extrasFor(mode({ can: { key: null, headers: false } }), extras)).toEqual({})
    expect(extrasFor(rich, NO_EXTRAS)).toEqual({})
  })

  test('have one line per header, including empty lines between headers', () => {
    const empty = { name: '', value: '' }
    const named = { name: 'tenant', value: '' }
    expect(withoutEmptyEnd([empty, named, empty, empty])).toEqual([empty, named])
    expect(withoutEmptyEnd([empty])).toEqual([])
    expect(headersOf([named, { name: '', value: 'unfinished' }])).toEqual({ tenant: '' })
  })

  test('are not sent while a name is repeated or missing, so that no line is left out silently', () => {
    const line = { name: 'a', value: '1' }
    expect(headersProblem([line, { name: 'b', value: '' }, { name: '', value: '' }])).toBeNull()
    expect(headersProblem([line, { name: 'a', value: '2' }])).toBe(
      'Two headers have the name a; a message carries each name once.',
    )
    expect(headersProblem([line, { name: '', value: '2' }])).toBe('Header 2 has a value and no name.')
  })

  test('decide, by the manifest, where the message will go', () => {
    const view = {
      destination: { settings: { exchange: 'topic' } },
      consumers: [reader('subscriber-1'), { ...reader('dead-letters-1'), role: 'dead-letters' }],
      facts: null,
    } as unknown as DestinationView
    const preview: ModeManifest['preview'] = ({ key }, { consumers, settings }) => ({
      kind: 'consumers',
      names: key === 'eu.orders' && settings.exchange === 'topic' ? consumers.map(({ name }) => name) : [],
    })
    expect(previewOf(mode({ preview }), extras, view)).toEqual({ kind: 'consumers', names: ['subscriber-1'] })
    expect(previewOf(mode({}), extras, view)).toBeNull()
    expect(previewOf(mode({ preview }), extras, undefined)).toBeNull()
  })

  test('lead to a preview in words before the message is sent', () => {
    const say = (names: string[]) => previewWords({ kind: 'consumers', names }, 'subscriber', 5)
    expect(say([])).toBe('goes to no subscriber here')
    expect(say(['a', 'b'])).toBe('goes to a and b')
    expect(say(['a', 'b', 'c', 'd'])).toBe('goes to 4 subscribers')
    expect(previewWords({ kind: 'consumers', names: ['a', 'b'] }, 'subscriber', 2)).toBe(
      'goes to all 2 subscribers',
    )
    expect(previewWords({ kind: 'partition', partition: 2 }, 'reader', 2)).toBe('goes to p2')
    expect(previewWords({ kind: 'open' }, 'reader', 2)).toBeNull()
  })
})

describe('the broker’s facts in words', () => {
  test('of a queue: who holds how many messages for how long, and where dead letters go', () => {
    const facts = queueFacts({
      ready: 3,
      unacked: 4,
      consumers: 3,
      durable: false,
      outside: 1,
      pending: [{ consumer: 'pika', outside: true, count: 4, idleMs: 61_000 }],
      deadLetters: { queue: 'mailbox.dead', ready: 2 },
    })
    expect(factLines(facts)).toContainEqual({
      name: 'pika, outside',
      says: '4 unsettled, oldest for 1 min',
      loud: true,
    })
    expect(factLines(facts)).toContainEqual({ name: 'Dead letters', says: '2 in mailbox.dead' })
    expect(factLines(facts)).toContainEqual({ name: 'Unacked', says: '4' })
    const late = { ...facts, unackedMaxAgeMs: 5_000 }
    expect(factLines(late)).toContainEqual({ name: 'Unacked', says: '4, up to 5 s old' })
    expect(outsideCount(facts)).toBe(1)
  })

  test('of a fan-out: bindings, slow consumers, and waiting messages', () => {
    const facts = fanoutFacts({
      subscribers: 3,
      outputBuffers: [
        { consumer: 'subscriber-1', bytes: 0 },
        { consumer: 'subscriber-2', bytes: 4_300_000 },
      ],
      waiting: [
        { consumer: 'subscriber-1', messages: 2 },
        { consumer: 'subscriber-2', messages: 5 },
      ],
      bindings: [{ consumer: null, to: 'audit', key: 'eu.#' }],
    })
    expect(slowestWords(facts)).toBe('subscriber-2: 4.1 MB buffered')
    expect(waitingSum(facts)).toBe(7)
    expect(waitingSum({ ...facts, waiting: [{ consumer: 'a', messages: null }] })).toBeNull()
    expect(factLines(facts)).toContainEqual({ name: 'audit, outside', says: 'bound by eu.#', loud: true })
    expect([512, 2_048].map(sizeWords)).toEqual(['512 bytes', '2.0 kB'])
  })

  test('of a log: groups, their generation, and outside members', () => {
    const lines = factLines(topic)
    expect(lines).toContainEqual({ name: 'analytics', says: 'Stable, lag 3, generation 4' })
    expect(lines).toContainEqual({ name: 'kcat, outside', says: 'no partition', loud: true })
    expect(outsideCount(topic)).toBe(1)
  })
})

describe('the words of loads, of ended messages and of modes', () => {
  const load = { state: 'running', sent: 5_000, confirmed: 5_000, failed: 0, seen: 4_998, startedAt: 1_000 }
  test('a load says what it sent, what was confirmed, and what was seen', () => {
    expect(loadWords(load as LoadView)).toBe('sent 5,000 · confirmed 5,000 · seen 4,998')
    expect(loadWords({ ...load, failed: 2 } as LoadView)).toContain('failed 2')
    expect(loadStateWords({ ...load, state: 'done', endedAt: 3_000 } as LoadView)).toBe(
      'Done: 5,000 in 2.0 s, 2,500 a second',
    )
  })

  test("the end of a message is described with the broker's own word beside ours", () => {
    expect(deathWords({ how: 'dead-lettered', reason: 'rejected' })).toBe(
      'Dead-lettered: a consumer rejected it (rejected)',
    )
    expect(deathWords({ how: 'expired', reason: '' })).toBe('Expired.')
  })

  test('a mode that a system does not have is explained', () => {
    const manifest = { label: 'Redis', modes: { fanout: mode({}) } } as unknown as Manifest
    expect(modeLacking(manifest, 'fanout')).toBeNull()
    expect(modeLacking(manifest, 'log')).toBe('Redis has no log here yet.')
  })
})
