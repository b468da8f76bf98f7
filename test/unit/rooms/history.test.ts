import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLifeEvent, type LifeEvent, type RoomEvent, roomEventSchema } from '#lib/protocol/events.ts'
import { createMessageTable, type MessageRecord } from '#lib/rooms/message-table.ts'
import { RoomStream, UNNUMBERED } from '#lib/rooms/room-stream.ts'

const place = { evidence: 'broker', system: 'redis', destination: 'chatroom' } as const
const headOf = (record: MessageRecord) =>
  ({ epoch: 'e', seq: UNNUMBERED, room: 'lobby', at: 1, messageId: record.id, ...place }) as const

type Step =
  | { do: 'publish'; size: number }
  | { do: 'receipt'; pick: number }
  | { do: 'deliver'; pick: number }
  | { do: 'settle'; pick: number }
  | { do: 'outside'; identity: number }
  | { do: 'other' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('publish' as const), size: fc.integer({ min: 1, max: 400 }) }),
  fc.record({ do: fc.constant('receipt' as const), pick: fc.nat() }),
  fc.record({ do: fc.constant('deliver' as const), pick: fc.nat() }),
  fc.record({ do: fc.constant('settle' as const), pick: fc.nat() }),
  fc.record({ do: fc.constant('outside' as const), identity: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ do: fc.constant('other' as const) }),
)

interface Run {
  stream: RoomStream
  emitted: RoomEvent[]
  /** What each message says, by id. */
  texts: Map<string, string>
}

/** Plays steps as drivers would cause them, in any order; small limits make the ring turn over many times. */
function play(
  steps: Step[],
  limits: { maxEvents: number; maxBytes: number },
  between?: (run: Run) => void,
): Run {
  const messages = createMessageTable()
  const stream = new RoomStream({ epoch: 'e', room: 'lobby', messages, ...limits })
  const run: Run = { stream, emitted: [], texts: new Map() }
  stream.onEvent((event) => run.emitted.push(event))
  const ours: Array<{ record: MessageRecord; text: string }> = []
  let deliveries = 0
  const deliver = (record: MessageRecord, text: string) => {
    deliveries += 1
    const source = { body: Buffer.from(text) }
    stream.emitLife(
      record,
      {
        kind: 'delivered',
        ...headOf(record),
        consumer: 'c',
        delivery: deliveries,
        attempt: 1,
        redelivered: false,
        latencyMs: null,
        address: { kind: 'channel', channel: 'chatroom' },
      },
      source,
    )
  }
  for (const one of steps) {
    const chosen = 'pick' in one ? ours[one.pick % Math.max(1, ours.length)] : undefined
    if (one.do === 'publish') {
      const text = `${ours.length}`.padEnd(one.size, 'x')
      const record = messages.acceptNew(`id-${ours.length}`, {
        meta: {},
        body: Buffer.from(text),
        seqBefore: stream.seq,
        sentAt: 1,
      })
      // A receipt or settlement may come at any time in this test: something is always pending.
      record.pending = 1
      run.texts.set(record.id, text)
      ours.push({ record, text })
    } else if (one.do === 'outside') {
      const text = `outside ${one.identity}`
      const record = messages.outside(`o-${one.identity}`, undefined, () => ({ outside: true }))
      run.texts.set(record.id, text)
      deliver(record, text)
    } else if (one.do === 'other') {
      stream.emit({ kind: 'people', at: 1, evidence: 'client', people: [] })
    } else if (chosen !== undefined) {
      if (one.do === 'deliver') deliver(chosen.record, chosen.text)
      else if (one.do === 'receipt')
        stream.emitLife(
          chosen.record,
          { kind: 'published', ...headOf(chosen.record), receiptMs: 1 },
          { text: chosen.text },
        )
      else if (chosen.record.content !== null)
        stream.emitLife(chosen.record, {
          kind: 'acknowledged',
          ...headOf(chosen.record),
          consumer: 'c',
          delivery: 1,
        })
    }
    between?.(run)
  }
  return run
}

const limits = fc.record({
  maxEvents: fc.integer({ min: 1, max: 30 }),
  maxBytes: fc.integer({ min: 500, max: 12_000 }),
})

const withoutContent = (event: RoomEvent): unknown => {
  if (!isLifeEvent(event)) return event
  const { number, text, sentAt, outside, standing, ...rest } = event
  return rest
}

const everything = (stream: RoomStream, limit = Number.MAX_SAFE_INTEGER) =>
  stream.page({ epoch: 'e', seq: 0 }, limit).events

describe('history', () => {
  it('numbers events without a hole, in the order in which they are emitted', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), limits, (steps, bounds) => {
        const { emitted } = play(steps, bounds)
        expect(emitted.map((event) => event.seq)).toEqual(emitted.map((_, index) => index + 1))
      }),
    )
  })

  it('never holds more events or bytes than its limits, except for the newest event alone', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), limits, (steps, bounds) => {
        play(steps, bounds, ({ stream }) => {
          const held = stream.seq - stream.firstSeq + 1
          expect(held).toBeLessThanOrEqual(bounds.maxEvents)
          if (held > 1) expect(stream.historyBytes).toBeLessThanOrEqual(bounds.maxBytes)
        })
      }),
    )
  })

  it('the events emitted up to a point and those held since then are all events', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), limits, fc.nat(), (steps, bounds, cut) => {
        const { stream, emitted } = play(steps, bounds)
        const seq = cut % (stream.seq + 1)
        const page = stream.page({ epoch: 'e', seq }, Number.MAX_SAFE_INTEGER).events
        const [first] = page
        const gapped = first?.kind === 'gap' ? { from: first.from, to: first.to } : undefined
        const rest = gapped === undefined ? page : page.slice(1)
        const from = gapped === undefined ? seq : (gapped.to ?? 0)
        if (gapped !== undefined) {
          expect(gapped).toEqual({ from: seq + 1, to: stream.firstSeq - 1 })
          expect(first?.seq).toBe(gapped.to)
        }
        expect(rest.map(withoutContent)).toEqual(emitted.slice(from).map(withoutContent))
      }),
    )
  })

  it("a message's content is on the first of its held events, and only there", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), limits, (steps, bounds) => {
        play(steps, bounds, ({ stream, texts }) => {
          const seen = new Set<string>()
          for (const event of everything(stream)) {
            if (!isLifeEvent(event)) continue
            const carried: Partial<LifeEvent> = event
            if (seen.has(event.messageId)) expect(carried.text).toBeUndefined()
            else expect(carried.text).toBe(texts.get(event.messageId))
            seen.add(event.messageId)
          }
        })
      }),
    )
  })

  it('a page holds as many events as fit into its bytes, and always one', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), limits, fc.nat(3_000), (steps, bounds, maxBytes) => {
        const { stream } = play(steps, bounds)
        const whole = everything(stream).filter(({ kind }) => kind !== 'gap')
        const read: RoomEvent[] = []
        let seq = stream.firstSeq - 1
        while (seq < stream.seq) {
          const { events } = stream.page({ epoch: 'e', seq }, Number.MAX_SAFE_INTEGER, maxBytes)
          const texts = events.reduce(
            (sum, event) => sum + ('text' in event ? (event.text ?? '').length : 0),
            0,
          )
          expect(events.length).toBeGreaterThan(0)
          if (events.length > 1) expect(texts).toBeLessThanOrEqual(maxBytes)
          read.push(...events)
          seq = read.at(-1)?.seq ?? stream.seq
        }
        expect(read).toEqual(whole)
      }),
    )
  })

  it('pages of any size put together are all events', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        limits,
        fc.integer({ min: 1, max: 7 }),
        (steps, bounds, size) => {
          const { stream } = play(steps, bounds)
          const read: RoomEvent[] = []
          for (let seq = 0; seq < stream.seq; seq = read.at(-1)?.seq ?? stream.seq) {
            read.push(...stream.page({ epoch: 'e', seq }, size).events)
          }
          const at = { at: 0 }
          const whole = everything(stream)
          expect(read.map((event) => ({ ...event, ...at }))).toEqual(
            whole.map((event) => ({ ...event, ...at })),
          )
        },
      ),
    )
  })

  it("every event it holds matches the protocol's schema", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), limits, (steps, bounds) => {
        for (const event of everything(play(steps, bounds).stream)) roomEventSchema.parse(event)
      }),
      { numRuns: 30 },
    )
  })

  it('answers a position of another epoch with a gap of unknown beginning and all held events', () => {
    const { stream } = play([{ do: 'other' }, { do: 'other' }, { do: 'other' }], {
      maxEvents: 2,
      maxBytes: 10_000,
    })
    const { events, epoch, seq } = stream.page({ epoch: 'older', seq: 77 }, 10)
    expect(events[0]).toMatchObject({ kind: 'gap', from: null, to: 1, seq: 1, reason: 'epoch' })
    expect(events.slice(1).map((event) => event.seq)).toEqual([2, 3])
    expect({ epoch, seq }).toEqual({ epoch: 'e', seq: 3 })
  })

  it('treats a position that this epoch has not reached as one of another epoch', () => {
    const { stream } = play([{ do: 'other' }], { maxEvents: 2, maxBytes: 10_000 })
    expect(stream.page({ epoch: 'e', seq: 99 }, 10).events.map((event) => event.kind)).toEqual([
      'gap',
      'people',
    ])
  })

  it('notifies listeners of an event that is emitted during a notification only after that one', () => {
    const { stream, emitted } = play([], { maxEvents: 9, maxBytes: 10_000 })
    const later: number[] = []
    let answered = false
    stream.onEvent(() => {
      if (answered) return
      answered = true
      stream.emit({ kind: 'people', at: 2, evidence: 'client', people: [] })
    })
    stream.onEvent((event) => later.push(event.seq))
    stream.emit({ kind: 'people', at: 1, evidence: 'client', people: [] })
    expect(later).toEqual([1, 2])
    expect(emitted.map((event) => event.seq)).toEqual([1, 2])
  })
})
