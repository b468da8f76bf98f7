import { describe, expect, it } from 'vitest'
import { createCommitter } from '#lib/brokers/kafka/committer.ts'
import { createIntake } from '#lib/brokers/kafka/intake.ts'
import { claimsOf, headersOf } from '#lib/brokers/kafka/metadata.ts'
import { createSeen } from '#lib/brokers/kafka/seen.ts'
import { durationWords } from '#lib/brokers/kafka/topology.ts'
import { createDeferred } from '#lib/util/deferred.ts'

const outgoing = { messageId: 'id-1', body: Buffer.from('x'), sentAt: 0 }

describe('headers', () => {
  it('come back as the sender wrote them, apart from those that are ours', () => {
    const headers = headersOf({ ...outgoing, sender: 'Zoë', headers: { a: 'b', 'x-empty': '' } }, 'here')
    const onTheWire = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Buffer.from(String(value))]),
    )
    expect(claimsOf(onTheWire)).toEqual({
      messageId: 'id-1',
      sender: 'Zoë',
      headers: { a: 'b', 'x-empty': '' },
    })
  })

  it('of the sender never stand in for ours', () => {
    expect(headersOf({ ...outgoing, headers: { ce_id: 'forged' } }, 'here').ce_id).toBe('id-1')
  })

  it.each([
    ['none', undefined, { messageId: null }],
    ['an empty id', { ce_id: Buffer.alloc(0) }, { messageId: null }],
    ['an endless id', { ce_id: Buffer.alloc(10_000, 'x') }, { messageId: null }],
    ['a null value', { a: undefined }, { messageId: null }],
    ['a name twice', { a: [Buffer.from('1'), Buffer.from('2')] }, { messageId: null, headers: { a: '2' } }],
    [
      'a sender of control characters',
      { ce_sender: Buffer.from('a\u0000b') },
      { messageId: null, sender: undefined },
    ],
    ['a name like a prototype', JSON.parse('{"__proto__":"x"}'), { messageId: null }],
  ])('from outside are read whatever they are: %s', (_, headers, claims) => {
    expect(claimsOf(headers)).toEqual(claims)
  })
})

describe('redelivery', () => {
  it('is what a group was given before, each group and partition apart', () => {
    const seen = createSeen()
    const marks = [
      seen.mark('g', 't', 0, 5),
      seen.mark('g', 't', 0, 6),
      seen.mark('g', 't', 0, 5),
      seen.mark('g', 't', 1, 5),
      seen.mark('h', 't', 0, 5),
    ]
    expect(marks).toEqual([false, false, true, false, false])
  })

  it('is forgotten with the topic, and when the partition ends before what was read of it', () => {
    const seen = createSeen()
    seen.mark('g', 't', 0, 5)
    seen.beforeReadingEnds('t')(new Map([[0, 6]]))
    expect(seen.mark('g', 't', 0, 5)).toBe(true)
    seen.beforeReadingEnds('t')(new Map([[0, 2]]))
    expect(seen.mark('g', 't', 0, 0)).toBe(false)
    seen.forget('t')
    expect(seen.mark('g', 't', 0, 0)).toBe(false)
  })

  it('is not forgotten because of an end that was asked for before a record was read', () => {
    const seen = createSeen()
    seen.mark('g', 't', 0, 1)
    const compare = seen.beforeReadingEnds('t')
    seen.mark('g', 't', 0, 9)
    compare(new Map([[0, 2]]))
    expect(seen.mark('g', 't', 0, 9)).toBe(true)
  })
})

describe('the intake', () => {
  const told = () => {
    const calls: string[] = []
    const note = (verb: string) => (topics: Array<{ topic: string; partitions?: number[] }>) => {
      calls.push(`${verb} ${topics[0]?.partitions?.join(',') ?? 'all'}`)
    }
    return { calls, consumer: { pause: note('pause'), resume: note('resume') } }
  }

  it('resumed by a person still holds what waits for its position', () => {
    const intake = createIntake('t')
    const { consumer, calls } = told()
    intake.begin(consumer, [1])
    intake.pause()
    expect([0, 1].map(intake.isClosed)).toEqual([true, true])
    intake.resume()
    expect([0, 1].map(intake.isClosed)).toEqual([false, true])
    expect(calls.slice(-2)).toEqual(['resume all', 'pause 1'])
    intake.release([1])
    expect(calls.at(-1)).toBe('resume all')
  })

  it('stays paused for the next client', () => {
    const intake = createIntake('t')
    intake.pause()
    intake.end()
    const { consumer, calls } = told()
    intake.begin(consumer, [])
    expect(calls).toEqual(['pause all'])
  })
})

describe('the committer', () => {
  it('has one request under way and puts what comes meanwhile into the next', async () => {
    const committer = createCommitter('t', () => undefined)
    const first = createDeferred<void>()
    const sent: unknown[] = []
    const commit = (offsets: { topics: Array<{ partitions: unknown }> }) => {
      sent.push(offsets.topics[0]?.partitions)
      return sent.length === 1 ? first.promise : Promise.resolve()
    }
    committer.note(0, '5', commit)
    const flushed = committer.flush()
    committer.note(0, '6', commit)
    committer.note(1, '3', commit)
    committer.note(0, '7', commit)
    first.resolve()
    await flushed
    expect(sent).toEqual([
      [{ partition: 0, offset: '5' }],
      [
        { partition: 0, offset: '7' },
        { partition: 1, offset: '3' },
      ],
    ])
  })

  it('tries again after a failure, but never for a share that is over', async () => {
    const committer = createCommitter('t', () => undefined)
    const sent: string[] = []
    const failing = async () => {
      sent.push('failing')
      throw new Error('connection lost')
    }
    committer.note(0, '5', failing)
    await committer.flush()
    await committer.flush()
    expect(sent).toEqual(['failing', 'failing'])
    committer.reset()
    await committer.flush()
    expect(sent).toHaveLength(2)
  })
})

describe('retention in words', () => {
  it.each([
    [604_800_000, '7 days'],
    [86_400_000, '1 day'],
    [129_600_000, '36 hours'],
    [5_400_000, '90 minutes'],
    [1_500, '2 seconds'],
  ])('%d ms are %s', (ms, words) => {
    expect(durationWords(ms)).toBe(words)
  })
})
