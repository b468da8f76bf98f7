import { describe, expect, test, vi } from 'vitest'
import { createEventStream } from '#lib/http/event-stream.ts'
import { positionOf } from '#lib/http/events.ts'
import { createNdjson } from '#lib/http/ndjson.ts'
import { createOpenStreams } from '#lib/http/open-streams.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { PAGE_LEAST_BYTES, PAGE_MAX_BYTES, PAGES_MAX_BYTES } from '#lib/protocol/limits.ts'
import { until } from '#test/support/until.ts'
import { scriptRoom } from './scripted-room.ts'

const from = (seq: number) => ({ epoch: 'epoch-1', seq })
const request = (path: string, headers: Record<string, string> = {}) =>
  new Request(`http://localhost${path}`, { headers })

describe('a position', () => {
  test('is taken from Last-Event-ID before ?since, of ?epoch or the current one', () => {
    expect(positionOf(request('/e'), 'now')).toBeUndefined()
    expect(positionOf(request('/e?since=7'), 'now')).toEqual({ epoch: 'now', seq: 7 })
    expect(positionOf(request('/e?since=7&epoch=old'), 'now')).toEqual({ epoch: 'old', seq: 7 })
    expect(positionOf(request('/e?since=7', { 'last-event-id': 'a:b:9' }), 'now')).toEqual({
      epoch: 'a:b',
      seq: 9,
    })
  })
  test.each(['x', ':5', 'a:', 'a:-1', 'a:1.5', 'a:b', 'a: 5', 'a:0x5', 'a:5e0', 'a:99999999999999999'])(
    'Last-Event-ID "%s" is refused',
    (id) => {
      expect(() => positionOf(request('/e', { 'last-event-id': id }), 'now')).toThrow('Last-Event-ID')
    },
  )
  test.each(['-1', '1.5', 'abc', '1e99', '1e3', '0x10', '%20', 'Infinity', 'NaN', '99999999999999999'])(
    'since=%s is refused',
    (since) => {
      expect(() => positionOf(request(`/e?since=${since}`), 'now')).toThrow()
    },
  )
})

describe('NDJSON', () => {
  const read = async (response: Response): Promise<RoomEvent[]> =>
    (await response.text())
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as RoomEvent)

  test('ends with the last event held when it was asked for', async () => {
    const script = scriptRoom('lobby', 10_000)
    for (let said = 0; said < 5_000; said += 1) script.say()
    const response = await createNdjson(script.room, from(10))
    script.say()
    const events = await read(response)
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 4_990 }, (_, index) => index + 11))
  })
  test('begins with a gap where events are no longer held', async () => {
    const script = scriptRoom('lobby', 10)
    for (let said = 0; said < 30; said += 1) script.say()
    const [gap, ...events] = await read(await createNdjson(script.room, from(0)))
    expect(gap).toMatchObject({ kind: 'gap', from: 1, to: 20, reason: 'not-held' })
    expect(events.map(({ seq }) => seq)).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30])
  })
  test('a reader slower than history gets a gap for all that it missed, also where that is all that was left', async () => {
    const script = scriptRoom('lobby', 100)
    for (let said = 0; said < 100; said += 1) script.say()
    const response = await createNdjson(script.room, from(10))
    for (let said = 0; said < 1_000; said += 1) script.say()
    expect(await read(response)).toMatchObject([
      { kind: 'gap', seq: 100, from: 11, to: 100, reason: 'slow-reader' },
    ])
  })
  test('what was not held from the start and what was dropped since are two gaps', async () => {
    const script = scriptRoom('lobby', 10)
    for (let said = 0; said < 30; said += 1) script.say()
    const response = await createNdjson(script.room, from(0))
    for (let said = 0; said < 5; said += 1) script.say()
    const [before, missed, ...events] = await read(response)
    expect(before).toMatchObject({ kind: 'gap', from: 1, to: 20, reason: 'not-held' })
    expect(missed).toMatchObject({ kind: 'gap', from: 21, to: 25, reason: 'slow-reader' })
    expect(events.map(({ seq }) => seq)).toEqual([26, 27, 28, 29, 30])
  })
  test('a position at or past the end is answered with no events', async () => {
    const script = scriptRoom('lobby')
    script.say()
    expect(await read(await createNdjson(script.room, from(1)))).toEqual([])
    expect(await read(await createNdjson(script.room, from(99)))).toEqual([])
  })
})

/** Takes one chunk after another, as slowly as the test wants. */
function readSlowly(response: Response) {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  const events: RoomEvent[] = []
  const ids: string[] = []
  const take = async (): Promise<boolean> => {
    const { value, done } = await reader.read()
    if (done) return false
    for (const block of decoder.decode(value).split('\n\n')) {
      const id = block.match(/^id: (.*)$/m)?.[1]
      const data = block.match(/^data: (.*)$/m)?.[1]
      if (id !== undefined && data !== undefined) {
        ids.push(id)
        events.push(JSON.parse(data) as RoomEvent)
      }
    }
    return true
  }
  return { take, events, ids, cancel: () => reader.cancel() }
}

describe('a live stream', () => {
  test('continues from its position with ids, and watches the room while it is read', async () => {
    const script = scriptRoom('lobby')
    script.say()
    script.say()
    const reader = readSlowly(await createEventStream(script.room, from(1), []))
    expect(script.watchers).toBe(1)
    while (reader.events.length < 1) await reader.take()
    script.say()
    while (reader.events.length < 2) await reader.take()
    expect(reader.ids).toEqual(['epoch-1:2', 'epoch-1:3'])
    await reader.cancel()
    expect(script.watchers).toBe(0)
    expect(script.listeners).toBe(0)
  })

  test('a reader slower than history receives a gap and everything after it', async () => {
    const script = scriptRoom('lobby', 100)
    script.say()
    const reader = readSlowly(await createEventStream(script.room, from(0), []))
    while (reader.events.length < 1) await reader.take()
    for (let said = 0; said < 1_000; said += 1) script.say()
    while (reader.events.at(-1)?.seq !== 1_001) await reader.take()
    const gaps = reader.events.filter((event) => event.kind === 'gap')
    expect(gaps).toMatchObject([{ reason: 'slow-reader', to: 901 }])
    const [gap] = gaps
    const after = reader.events.slice(reader.events.indexOf(gap as RoomEvent) + 1).map(({ seq }) => seq)
    expect(after).toEqual(Array.from({ length: 100 }, (_, index) => index + 902))
    await reader.cancel()
  })

  test.each(['the request is aborted', 'the room closes'])('ends everything when %s', async (how) => {
    const script = scriptRoom('lobby')
    const abort = new AbortController()
    const reader = readSlowly(await createEventStream(script.room, from(0), [abort.signal]))
    await reader.take()
    const ended = reader.take()
    if (how === 'the room closes') script.closeRoom()
    else abort.abort()
    await until('the end', async () => !(await ended) || !(await reader.take()))
    expect(script.watchers).toBe(0)
    expect(script.listeners).toBe(0)
  })

  test('a reader that takes nothing has nothing read for it, and what it misses at its start is a gap, too', async () => {
    const script = scriptRoom('lobby', 100)
    const asked = vi.spyOn(script.room, 'eventsSince')
    const reader = readSlowly(await createEventStream(script.room, from(0), []))
    for (let said = 0; said < 1_000; said += 1) script.say()
    await new Promise((resolve) => setImmediate(resolve))
    expect(asked).not.toHaveBeenCalled()
    while (reader.events.length === 0) await reader.take()
    expect(reader.events[0]).toMatchObject({ kind: 'gap', from: 1, to: 900, reason: 'slow-reader' })
    await reader.cancel()
  })

  test('a reader that takes nothing for a minute is cut off, and watches the room no more', async () => {
    vi.useFakeTimers()
    try {
      const script = scriptRoom('lobby')
      const ended = vi.fn()
      const response = await createEventStream(script.room, from(0), [], { onEnd: ended })
      expect(script.watchers).toBe(1)
      await vi.advanceTimersByTimeAsync(60_000)
      expect(script.watchers).toBe(0)
      expect(ended).toHaveBeenCalledOnce()
      await expect(response.text()).rejects.toThrow('takes nothing')
    } finally {
      vi.useRealTimers()
    }
  })
})

test('a client address reads so many streams at once and no more, whatever others do', () => {
  const streams = createOpenStreams(2)
  const release = streams.open('a')
  streams.open('a')
  expect(() => streams.open('a')).toThrow(expect.objectContaining({ code: 'too-many', detail: { limit: 2 } }))
  streams.open('b')
  release()
  release()
  streams.open('a')
  expect(() => streams.open('a')).toThrow()
})

test('all pages together keep their bound: the more readers there are, the smaller is a page', () => {
  const streams = createOpenStreams()
  streams.open('a')
  expect(streams.pageBytes()).toBe(PAGE_MAX_BYTES)
  const releases = Array.from({ length: 400 }, (_, index) => streams.open(`b${index}`))
  expect(streams.pageBytes() * 401).toBeLessThanOrEqual(PAGES_MAX_BYTES)
  for (let index = 0; index < 10_000; index += 1) streams.open(`c${index}`)
  expect(streams.pageBytes()).toBe(PAGE_LEAST_BYTES)
  for (const release of releases) release()
  expect(streams.pageBytes()).toBe(PAGE_LEAST_BYTES)
})
test('40 people behind one address may read several streams each', () => {
  const streams = createOpenStreams()
  for (let index = 0; index < 40 * 6; index += 1) streams.open('192.0.2.1')
})
