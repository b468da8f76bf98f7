import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Chart, createChart } from '#components/timeline/chart.ts'
import { createTimelineLog } from '#components/timeline/log.ts'
import { type Mark, markOf } from '#components/timeline/marks.ts'
import { layOutRows, type Row } from '#components/timeline/rows.ts'
import { createSpans } from '#components/timeline/spans.ts'
import { fitting, LENGTH_MIN, panBy, START, ticks, timeAt, xOf, zoomBy } from '#components/timeline/window.ts'
import { manifestOf } from '#lib/brokers/catalog.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import {
  AT,
  assignment,
  consumer,
  content,
  type Draft,
  delivered,
  numbered,
  published,
  QUEUE,
  settled,
} from '#test/unit/ledger/event-maker.ts'

const WIDTH = 1_000
const at = (draft: Draft, ms: number): Draft => ({ ...draft, at: AT + ms })
const event = (draft: Draft): RoomEvent => numbered([draft])[0] as RoomEvent

describe('marks', () => {
  test('a delivery is on its consumer’s row, with a line from the send to the arrival', () => {
    const mark = markOf(event(delivered(QUEUE, 'a', 'worker-1', 1, { latencyMs: 12 })))
    expect(mark).toMatchObject({ row: 'rabbitmq/mailbox/worker-1', kind: 'delivered', at: AT, from: AT - 12 })
  })

  test('a receipt is on the broker’s row, with a line from the send', () => {
    const mark = markOf(event(published(QUEUE, 'a', { receiptMs: 5 })))
    expect(mark).toMatchObject({ row: 'rabbitmq/mailbox', kind: 'published', from: AT - 5 })
  })

  test('a redelivery and a crash have marks of their own', () => {
    expect(markOf(event(delivered(QUEUE, 'a', 'worker-1', 1, { redelivered: true })))?.kind).toBe(
      'redelivered',
    )
    expect(markOf(event(consumer(QUEUE, 'worker-1', 'crashed')))?.kind).toBe('crashed')
  })
})

describe('spans', () => {
  const spansOf = (...drafts: Draft[]) => {
    const spans = createSpans()
    for (const one of numbered(drafts)) spans.take(one)
    return spans.all
  }
  const broker = (status: 'up' | 'down', ms: number): Draft =>
    at(
      {
        ...published(QUEUE, 'x'),
        kind: 'broker',
        system: 'rabbitmq',
        now: { system: 'rabbitmq', status, since: 0 },
      } as Draft,
      ms,
    )

  test('an outage ends when the broker is up', () => {
    expect(spansOf(broker('down', 0), broker('down', 10), broker('up', 50))).toMatchObject([
      { row: 'rabbitmq', kind: 'outage', from: AT, until: AT + 50 },
    ])
  })

  test('a crash lasts until the consumer is attached again', () => {
    const spans = spansOf(
      consumer(QUEUE, 'worker-1', 'crashed', {}, AT),
      consumer(QUEUE, 'worker-1', 'attached', {}, AT + 30),
    )
    expect(spans).toMatchObject([
      { row: 'rabbitmq/mailbox/worker-1', kind: 'crashed', from: AT, until: AT + 30 },
    ])
  })

  test('a rebalance covers its duration on each member’s row, whether or not its start was seen', () => {
    const members = [{ consumer: 'reader-1', partitions: [0] }]
    const stable = at(assignment('analytics', 'stable', members), 90)
    const unseen = spansOf({ ...stable, durationMs: 40 } as Draft)
    expect(unseen).toMatchObject([
      { row: 'kafka/datascience/reader-1', kind: 'rebalance', from: AT + 50, until: AT + 90 },
    ])
    const seen = spansOf(assignment('analytics', 'rebalancing', members), stable)
    expect(seen).toMatchObject([{ kind: 'rebalance', from: AT, until: AT + 90 }])
  })
})

describe('the window', () => {
  const windows = fc.record({
    length: fc.integer({ min: LENGTH_MIN, max: 600_000 }),
    end: fc.integer({ min: 1e9, max: 2e9 }),
  })

  test('zooming keeps the time under the pointer in its position', () => {
    fc.assert(
      fc.property(
        windows,
        fc.integer({ min: 0, max: WIDTH }),
        fc.double({ min: 0.2, max: 5, noNaN: true }),
        (window, x, factor) => {
          const zoomed = zoomBy(window, factor, x, 0, WIDTH)
          expect(Math.abs(timeAt(x, zoomed, 0, WIDTH) - timeAt(x, window, 0, WIDTH))).toBeLessThan(0.01)
        },
      ),
    )
  })

  test('is never shorter than one delivery takes or longer than ten minutes', () => {
    expect(zoomBy(START, 1e-9, 0, 0, WIDTH).length).toBe(LENGTH_MIN)
    expect(zoomBy(START, 1e9, 0, 0, WIDTH).length).toBe(600_000)
  })

  test('that fits a stretch of time shows all of it, over half of its width', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 300_000 }), (life) => {
        const window = fitting(AT, AT + life)
        const [from, to] = [xOf(AT, window, 0, WIDTH), xOf(AT + life, window, 0, WIDTH)]
        expect(from).toBeGreaterThan(0)
        expect(to).toBeLessThan(WIDTH)
        expect(to - from).toBeGreaterThan(WIDTH / 2)
      }),
    )
  })

  test('panning moves by the given pixels, but never beyond the present', () => {
    const window = { length: 10_000, end: AT }
    const panned = panBy(window, -200, AT + 60_000, WIDTH)
    expect(xOf(AT - 5_000, panned, AT, WIDTH) - xOf(AT - 5_000, window, AT, WIDTH)).toBeCloseTo(200)
    expect(panBy(window, 1e9, AT, WIDTH).end).toBeLessThanOrEqual(AT + 10_000)
  })

  test('has ticks at round times, no closer than asked', () => {
    fc.assert(
      fc.property(windows, (window) => {
        const { step, times } = ticks(window, 0, WIDTH, 90)
        for (const time of times) {
          expect(time % step).toBe(0)
          expect(xOf(time, window, 0, WIDTH)).toBeGreaterThanOrEqual(0)
          expect(xOf(time, window, 0, WIDTH)).toBeLessThanOrEqual(WIDTH)
        }
        expect((step / window.length) * WIDTH).toBeGreaterThanOrEqual(90)
      }),
    )
  })
})

describe('the chart', () => {
  const manifest = manifestOf('rabbitmq')
  if (!manifest?.modes.queue) throw new Error('no queue')
  const row: Row = {
    key: 'rabbitmq/mailbox/worker-1',
    system: 'rabbitmq',
    ref: {
      manifest,
      mode: 'queue',
      modeManifest: manifest.modes.queue,
      destination: 'mailbox',
      settings: {},
    },
    consumer: 'worker-1',
    group: null,
  }
  const arrivals = (from: number, count: number) =>
    numbered(
      Array.from({ length: count }, (_, index) =>
        at(
          delivered(QUEUE, `m${from + index}`, 'worker-1', from + index, content(from + index)),
          from + index,
        ),
      ),
      from + 1,
    )
  function aChart(events: readonly RoomEvent[] = []) {
    let drawn: Mark[] = []
    let due: (() => void) | null = null
    let now = AT + 1_000
    const chart: Chart = createChart(
      {
        draw: ({ log }) => {
          drawn = []
          log.each((mark) => drawn.push(mark))
        },
        width: () => WIDTH,
        now: () => now,
        request: (work) => {
          due = work
          return () => undefined
        },
        onState: () => undefined,
      },
      { events, dropped: 0 },
    )
    chart.setRows(layOutRows([row], 40))
    return {
      chart,
      draw: () => {
        due?.()
        return drawn
      },
      later: (ms: number) => {
        now += ms
      },
    }
  }

  test('while paused counts new marks and drops none of those on screen', () => {
    const { chart, draw } = aChart(arrivals(0, 10))
    chart.setRunning(false)
    chart.take(arrivals(10, 312))
    expect(chart.state).toMatchObject({ following: false, newer: 312 })
    expect(draw()).toHaveLength(322)
    chart.setRunning(true)
    expect(chart.state).toMatchObject({ following: true, newer: 0 })
    expect(draw()).toHaveLength(322)
  })

  test('ends at the moment of the pause also with reduced motion, whose present moves once a second', () => {
    const { chart, later } = aChart(arrivals(0, 10))
    later(300)
    chart.setReducedMotion(true)
    chart.setRunning(false)
    expect(chart.frame.window.end).toBe(AT + 1_300)
    expect(chart.frame.now).toBeGreaterThan(AT + 1_300)
  })

  test('a full log drops the oldest marks and counts them, but none that were on screen when it was frozen', () => {
    const log = createTimelineLog(5, 100)
    log.take(arrivals(0, 150))
    expect(log.dropped).toBe(55)
    log.freeze()
    log.take(arrivals(150, 300))
    const held: string[] = []
    log.each(({ messageId }) => held.push(messageId ?? ''))
    expect(held.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, index) => `m${50 + index}`))
    expect(held.at(-1)).toBe('m449')
    expect(held).toHaveLength(200)
    expect(log.dropped).toBe(55 + 200)
  })

  test('steps through every mark in the order of time, in both directions', () => {
    const { chart } = aChart([
      ...arrivals(0, 5),
      ...numbered([at(settled('acknowledged', QUEUE, 'm4', 'worker-1', 4), 4)], 90),
    ])
    const there = Array.from({ length: 6 }, () => chart.step(-1))
    expect(there.map((mark) => `${mark?.kind} ${mark?.messageId}`)).toEqual([
      'acknowledged m4',
      'delivered m4',
      'delivered m3',
      'delivered m2',
      'delivered m1',
      'delivered m0',
    ])
    const back = Array.from({ length: 5 }, () => chart.step(1))
    expect(back).toEqual(there.slice(0, 5).reverse())
  })

  test('fits the life of a message, from the send to its last mark, and stays as it is for one it has no mark of', () => {
    const { chart } = aChart([
      ...numbered([at(delivered(QUEUE, 'm0', 'worker-1', 0, { ...content(0), latencyMs: 40 }), 100)]),
      ...numbered([at(settled('acknowledged', QUEUE, 'm0', 'worker-1', 0), 180)], 2),
    ])
    expect(chart.fit('unknown')).toBe(false)
    expect(chart.state.following).toBe(true)
    expect(chart.fit('m0')).toBe(true)
    expect(chart.frame.window).toEqual(fitting(AT + 60, AT + 180))
    expect(chart.state.following).toBe(false)
  })

  test('selects the mark under the pointer, or none where there is none', () => {
    const { chart } = aChart(arrivals(0, 1))
    chart.setRunning(false)
    const { window, now } = chart.frame
    const x = xOf(AT, window, now, WIDTH)
    expect(chart.point({ x: x + 3, y: 16 })?.messageId).toBe('m0')
    expect(chart.point({ x: x + 40, y: 16 })).toBeNull()
  })
})
