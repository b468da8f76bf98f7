import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Frames } from '#lib/feed/change-counter.ts'
import { createLedger } from '#lib/ledger/ledger.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { openReplay } from '#lib/recording/replay.ts'
import { createClassicStream } from '#test/support/classic-stream.ts'
import { expectSame } from '#test/support/expect-same.ts'
import { AT, consumer, destination, numbered, published, QUEUE } from '../ledger/event-maker.ts'
import { atOnce, recordingOf, snapshotAt } from './recordings.ts'

/** Frames that a test draws by hand, and a clock that stands still between them. */
function byHand() {
  const waiting = new Set<() => void>()
  let time = 0
  const frames: Frames = {
    request: (work) => {
      waiting.add(work)
      return () => void waiting.delete(work)
    },
  }
  return {
    frames,
    now: () => time,
    draw: (ms: number) => {
      time += ms
      for (const work of [...waiting]) {
        waiting.delete(work)
        work()
      }
    },
  }
}

const hand = byHand()
const open = (events: readonly RoomEvent[], snapshot = snapshotAt(0)) =>
  openReplay(recordingOf(events, snapshot), { yieldNow: atOnce, ...hand })

const STREAM = createClassicStream().take(20_000)
const PANES = ['rabbitmq:mailbox:worker-1', 'redis:chatroom:subscriber-2', 'kafka:datascience:reader-3']

describe('scrubbing', () => {
  test('any jumps, forwards and backwards, show what those events alone would show', async () => {
    const replay = await open(STREAM)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: STREAM.length }), { minLength: 1, maxLength: 4 }),
        async (jumps) => {
          for (const position of jumps) replay.seek(position)
          const last = jumps.at(-1) ?? 0
          expect(replay.position).toBe(last)
          const plain = createLedger({ rowsPerPane: 500, messageWeight: 6_000 })
          plain.reset(snapshotAt(0))
          plain.applyAll(STREAM.slice(0, last))
          for (const id of PANES) {
            expectSame(replay.feed.views.pane(id)?.rows, plain.pane(id)?.rows)
            expect(replay.feed.views.paneTally(id)).toEqual(plain.paneTally(id))
          }
          expect(replay.feed.views.seq).toBe(last)
          expect(replay.feed.views.newest()?.number).toBe(plain.newest()?.number)
        },
      ),
      { numRuns: 25 },
    )
    replay.close()
  })

  test('many small steps back show what those events alone would show, and so does a jump after them', async () => {
    const replay = await open(STREAM)
    const from = 11_000
    replay.seek(from)
    for (const position of [
      ...Array.from({ length: 600 }, (_, step) => from - 1 - step),
      from + 300,
      from - 700,
      9_000,
    ]) {
      replay.seek(position)
      expect(replay.feed.views.seq).toBe(position)
      if (position % 97 > 0 && position > from - 600) continue
      const plain = createLedger({ rowsPerPane: 500, messageWeight: 6_000 })
      plain.reset(snapshotAt(0))
      plain.applyAll(STREAM.slice(0, position))
      for (const id of PANES) {
        expectSame(replay.feed.views.pane(id)?.rows, plain.pane(id)?.rows)
        expect(replay.feed.views.paneTally(id)).toEqual(plain.paneTally(id))
      }
    }
    replay.close()
  })

  test('before its history a room holds what no event of the history is about', async () => {
    const worker = consumer(QUEUE, 'worker-1', 'crashed')
    const events = numbered([destination(QUEUE), consumer(QUEUE, 'worker-1', 'attached'), worker])
    const now = 'now' in worker && worker.kind === 'consumer' ? worker.now : null
    const other = { ...consumer(QUEUE, 'worker-2', 'attached') }
    const stays = other.kind === 'consumer' ? other.now : null
    if (!now || !stays) throw new Error('two consumers')
    const replay = await open(events, snapshotAt(3, { consumers: [now, stays] }))
    const there = () =>
      replay.feed.views.destination('rabbitmq', 'mailbox')?.consumers.map(({ name, state }) => [name, state])
    replay.seek(1)
    expect(there()).toEqual([['worker-2', 'attached']])
    replay.seek(3)
    expect(there()).toEqual([
      ['worker-2', 'attached'],
      ['worker-1', 'crashed'],
    ])
    replay.close()
  })
})

describe('playing', () => {
  const spoken = numbered([
    { ...destination(QUEUE), at: AT },
    published(QUEUE, 'message-1', { at: AT + 1_000, number: 1, text: 'one' }),
    published(QUEUE, 'message-2', { at: AT + 1_500, number: 2, text: 'two' }),
    published(QUEUE, 'message-3', { at: AT + 600_000, number: 3, text: 'three' }),
  ])

  test('goes on in the recording’s own time, faster when asked to, and stops at the end', async () => {
    const replay = await open(spoken)
    replay.seek(0)
    replay.play()
    for (let frame = 0; frame < 6; frame += 1) hand.draw(200)
    expect(replay.position).toBe(2)
    replay.setSpeed(8)
    hand.draw(200)
    expect(replay.position).toBe(3)
    // Ten silent minutes are shortened to two seconds.
    for (let frame = 0; frame < 3; frame += 1) hand.draw(200)
    expect(replay.position).toBe(4)
    expect(replay.playing).toBe(false)
    replay.close()
  })

  test('listeners get each step once, and none while paused', async () => {
    const replay = await open(spoken)
    replay.seek(0)
    const heard: number[] = []
    replay.feed.onEvents((events) => heard.push(...events.map(({ seq }) => seq)))
    replay.play()
    for (let frame = 0; frame < 6; frame += 1) hand.draw(200)
    replay.pause()
    for (let frame = 0; frame < 6; frame += 1) hand.draw(200)
    expect(heard).toEqual([1, 2])
    expect(replay.playing).toBe(false)
    replay.close()
  })

  test('whatever would send or change something is refused with a reason', async () => {
    const replay = await open(spoken)
    expect(await replay.feed.send({ to: [{ system: 'redis' }], text: 'hello' })).toMatchObject({
      state: 'refused',
    })
    expect(await replay.feed.command('load:stop', {})).toMatchObject({ ok: false })
    replay.close()
  })
})
