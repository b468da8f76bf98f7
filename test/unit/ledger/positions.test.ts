import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import { queueFacts } from '#lib/protocol/facts.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import {
  AT,
  assignment,
  consumer,
  content,
  type Draft,
  destination,
  LOG,
  numbered,
  type Place,
  positions,
  published,
  read,
} from './event-maker.ts'

/** The message lies at offset 7 of partition 2: a group committed up to 7 has it before it, one up to 8 behind it. */
const ID = 'message-1'
const [AHEAD, PAST] = [7, 8]
const BEFORE = AT - 1_000
const LATER = AT + 1_000
const READ_AT = AT + 2_000

const sent = published(LOG, ID, {
  ...content(1),
  address: { kind: 'offset', topic: 'datascience', partition: 2, offset: '7' },
})
const reader = (name: string, group: string, since: number, state: Consumer['state'] = 'attached') =>
  consumer(LOG, name, state, { group, since }, since)
const owns = (group: string, name: string) =>
  assignment(group, 'stable', [{ consumer: name, partitions: [0, 1, 2] }])
const auditReads = read(ID, 'reader-3', 'audit', 1, [2, 7], { at: READ_AT })

function madeIn(place: Place, mode: Mode): Draft {
  const made = destination(place)
  if (made.kind !== 'destination' || made.now === null) throw new Error('it has a destination')
  return { ...made, now: { ...made.now, mode } }
}

function traced(drafts: readonly Draft[], place: Place = LOG, mode: Mode = 'log') {
  const ledger = createLedger()
  ledger.applyAll(numbered([madeIn(place, mode), ...drafts]))
  return ledger.trace(place.system, place.destination, ID)
}

/** Both groups were joining when it was sent; audit's position was settled before it, analytics' maybe not. */
const joiningWhenSent = [
  sent,
  reader('reader-1', 'analytics', LATER),
  owns('analytics', 'reader-1'),
  reader('reader-3', 'audit', LATER),
  owns('audit', 'reader-3'),
  auditReads,
]
const thereBefore = [reader('reader-1', 'analytics', BEFORE), owns('analytics', 'reader-1'), sent]

describe('a group that begins beyond a message sent while it was joining', () => {
  const { verdict, ghosts } = traced([...joiningWhenSent, positions({ analytics: PAST, audit: PAST })])

  test('joined later, and does not wait for it', () => {
    expect(ghosts.get('reader-1')).toEqual({ why: 'sent-before-joining' })
  })

  test('is named by the verdict as past the message', () => {
    expect(verdict).toMatchObject({ kind: 'got', groups: { got: 1, of: 2 }, beyond: ['analytics'] })
  })

  test('waits for it as long as the broker holds a position before it, or none', () => {
    for (const analytics of [AHEAD, null]) {
      const still = traced([...joiningWhenSent, positions({ analytics, audit: PAST })])
      expect(still.ghosts.get('reader-1')).toEqual({ why: 'waiting' })
      expect(still.verdict).toMatchObject({ beyond: [] })
    }
  })
})

test('a group that joined while a send waited for it is waiting for the message: it was written after that', () => {
  const asked = { sentAt: BEFORE, at: READ_AT }
  const joined = [reader('reader-1', 'analytics', LATER), owns('analytics', 'reader-1')]
  const { ghosts } = traced([...joined, { ...sent, ...asked }])
  expect(ghosts.get('reader-1')).toEqual({ why: 'waiting' })
})

describe('a committed offset beyond a message that nobody here has', () => {
  test('means that a reader that was present will not get it', () => {
    const { ghosts } = traced([...thereBefore, positions({ analytics: PAST })])
    expect(ghosts.get('reader-1')).toEqual({ why: 'position-beyond', group: 'analytics' })
  })

  test('means the same for a reader that is away', () => {
    const away = reader('reader-1', 'analytics', BEFORE, 'crashed')
    const traces = [PAST, AHEAD].map((analytics) => traced([away, sent, positions({ analytics })]))
    expect(traces.map(({ ghosts }) => ghosts.get('reader-1')?.why)).toEqual([
      'position-beyond',
      'absent-waits',
    ])
  })

  test('settles the verdict once all groups that were present are past it', () => {
    const both = [...thereBefore, reader('reader-3', 'audit', BEFORE), owns('audit', 'reader-3')]
    const verdicts = [PAST, AHEAD].map(
      (audit) => traced([...both, positions({ analytics: PAST, audit })]).verdict,
    )
    expect(verdicts).toEqual([
      { kind: 'passed', number: 1, of: 2, groups: ['analytics', 'audit'] },
      { kind: 'stored', number: 1, of: 2 },
    ])
  })

  test('counts however old the facts are: nobody commits what is not written yet', () => {
    const { ghosts } = traced([...thereBefore, positions({ analytics: PAST }, BEFORE)])
    expect(ghosts.get('reader-1')).toEqual({ why: 'position-beyond', group: 'analytics' })
  })

  test('counts no longer once the group was moved back', () => {
    const moved = [...thereBefore, positions({ analytics: PAST }), positions({ analytics: AHEAD })]
    expect(traced(moved).ghosts.get('reader-1')).toEqual({ why: 'waiting' })
  })

  test('means, on a queue made of a partitioned log, that the message left unseen', () => {
    const facts = (committed: number): Draft => ({
      ...positions({}),
      kind: 'facts',
      ...LOG,
      facts: queueFacts({
        ...{ ready: 3, unacked: null, consumers: 1, durable: true },
        partitions: [{ partition: 2, low: '0', end: '9', committed: String(committed) }],
      }),
    })
    const read = [PAST, AHEAD].map((committed) => traced([...thereBefore, facts(committed)], LOG, 'queue'))
    expect(read.map(({ verdict }) => verdict.kind)).toEqual(['left-unseen', 'stored'])
    expect(read.map(({ ghosts }) => ghosts.get('reader-1')?.why)).toEqual(['left-unseen', 'waiting'])
  })
})

test('on a queue made of a partitioned log, nothing waits once its group has committed all of it', () => {
  const facts = (ready: number): Draft => ({
    ...positions({}, LATER),
    kind: 'facts',
    ...LOG,
    facts: queueFacts({
      ...{ ready, unacked: null, consumers: 1, durable: true },
      partitions: [{ partition: 2, low: '8', end: '8', committed: String(8 - ready) }],
    }),
  })
  const tallies = [1, 0].map((ready) => {
    const ledger = createLedger()
    ledger.applyAll(numbered([madeIn(LOG, 'queue'), ...thereBefore, facts(ready)]))
    return ledger.tally(LOG.system, LOG.destination)
  })
  expect(tallies).toMatchObject([
    { sent: 1, waiting: 1, unknown: 0 },
    { sent: 1, waiting: 0, unknown: 1 },
  ])
})

test('a reader that joins a group with a position before the message gets it, though it was sent earlier', () => {
  const late = [sent, reader('reader-1', 'analytics', LATER), owns('analytics', 'reader-1')]
  const why = [AHEAD, PAST].map((analytics) =>
    traced([...late, positions({ analytics })]).ghosts.get('reader-1'),
  )
  expect(why).toEqual([{ why: 'waiting' }, { why: 'sent-before-joining' }])
})

test('a consumer that has the message is never called past it, in whatever order receipt, arrival and position are learned', () => {
  const members = thereBefore.slice(0, 2)
  const arrival = read(ID, 'reader-1', 'analytics', 1, [2, 7])
  fc.assert(
    fc.property(
      fc.shuffledSubarray([sent, arrival, positions({ analytics: PAST })], { minLength: 3, maxLength: 3 }),
      (life) => {
        const { verdict, ghosts } = traced([...members, ...life])
        expect(verdict).toMatchObject({ kind: 'got', got: 1, beyond: [] })
        expect(ghosts.size).toBe(0)
      },
    ),
  )
})

describe('a reader of a log without groups', () => {
  const STREAM = { system: 'rabbitmq', destination: 'journal' }
  const why = (from: string, since: number) => {
    const joins = consumer(STREAM, 'reader-1', 'attached', { settings: { from }, since }, since)
    const drafts = [published(STREAM, ID, content(1)), joins]
    return traced(drafts, STREAM, 'log').ghosts.get('reader-1')?.why
  }

  test('that begins at the end does not get what was written before it joined', () => {
    expect(why('next', LATER)).toBe('sent-before-joining')
    expect(why('next', BEFORE)).toBe('waiting')
  })

  test('that begins at the start of the log is still to get it', () => {
    expect(why('first', LATER)).toBe('waiting')
  })

  /** It was there from the first, went through these states, and the message was written before the last of them. */
  const whyOf = (from: string, ...states: Consumer['state'][]) => {
    const FIRST = BEFORE - 1_000
    const turns = states.map((state, index) =>
      consumer(STREAM, 'reader-1', state, { settings: { from }, since: FIRST }, index === 0 ? BEFORE : LATER),
    )
    const joins = consumer(STREAM, 'reader-1', 'attached', { settings: { from }, since: FIRST }, FIRST)
    const [first, ...later] = turns
    const drafts = [joins, ...(first ? [first] : []), published(STREAM, ID, content(1)), ...later]
    return traced(drafts, STREAM, 'log').ghosts.get('reader-1')?.why
  }

  test('that begins at the end and crashed does not get what was written meanwhile', () => {
    expect(whyOf('next', 'crashed')).toBe('started-after')
    expect(whyOf('next', 'crashed', 'attaching')).toBe('started-after')
    expect(whyOf('next', 'crashed', 'attaching', 'attached')).toBe('started-after')
    expect(whyOf('next', 'detached', 'attaching', 'paused')).toBe('started-after')
  })

  test('that begins at the start and crashed gets what was written meanwhile', () => {
    expect(whyOf('first', 'crashed')).toBe('absent-waits')
    expect(whyOf('first', 'crashed', 'attaching', 'attached')).toBe('waiting')
  })

  test('that lost its connection reads on from its position', () => {
    expect(whyOf('next', 'attaching', 'attached')).toBe('waiting')
  })
})
