import { describe, expect, test } from 'vitest'
import { fullWords } from '#components/recording/full-words.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { readRecording } from '#lib/recording/read.ts'
import { createRecorder, type RecorderSource } from '#lib/recording/recorder.ts'
import { createClassicStream } from '#test/support/classic-stream.ts'
import { until } from '#test/support/until.ts'
import { atOnce, snapshotAt } from './recordings.ts'

const STREAM = createClassicStream().take(60)

/** A room that holds the first 40 events of the stream, in pages of 15; the rest a test emits live. */
function scriptedRoom(held = 40) {
  const listeners = new Set<(events: readonly RoomEvent[]) => void>()
  let release: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const source: RecorderSource = {
    onEvents: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    snapshot: () => Promise.resolve(snapshotAt(held)),
    page: async ({ seq }) => {
      await gate
      return { ok: true, value: { events: STREAM.slice(seq, seq + 15), seq: held, epoch: 'epoch-1' } }
    },
  }
  return {
    source,
    release,
    listening: () => listeners.size > 0,
    emit: (from: number, to: number) => {
      for (const listener of listeners) listener(STREAM.slice(from, to))
    },
  }
}

const record = (source: RecorderSource, events = 1_000) =>
  createRecorder({ source, now: () => 7, onChange: () => undefined, limits: { events, chars: 1_000_000 } })

const seqsOf = async (parts: readonly string[] | null) => {
  const read = await readRecording(parts?.join('') ?? '', { yieldNow: atOnce })
  if (!read.ok) throw new Error(read.fault.code)
  return read.recording.events.map(({ seq }) => seq)
}

describe('a recording', () => {
  test('holds the history and what came since, each event once, whatever came while history was being read', async () => {
    const room = scriptedRoom()
    const recorder = record(room.source)
    room.emit(38, 45)
    room.release()
    await until('recording', () => recorder.state === 'recording')
    room.emit(45, 60)
    recorder.stop()
    room.emit(0, 60)
    expect(room.listening()).toBe(false)
    expect(await seqsOf(recorder.parts())).toEqual(STREAM.map(({ seq }) => seq))
  })

  test('ends by itself when it is full, and keeps what it has', async () => {
    const room = scriptedRoom()
    const recorder = record(room.source, 50)
    room.release()
    await until('recording', () => recorder.state === 'recording')
    room.emit(40, 60)
    expect(recorder.state).toBe('full')
    expect(await seqsOf(recorder.parts())).toHaveLength(50)
  })

  test('says which limit ended it: the number of its events, or the length of its text', async () => {
    for (const [limits, fullOf] of [
      [{ events: 50, chars: 10_000_000 }, 'events'],
      [{ events: 10_000, chars: 2_000 }, 'chars'],
    ] as const) {
      const room = scriptedRoom()
      const recorder = createRecorder({
        source: room.source,
        now: () => 0,
        onChange: () => undefined,
        limits,
      })
      room.release()
      await until('it to end', () => recorder.state === 'full' || recorder.state === 'recording')
      expect(recorder.fullOf === null).toBe(recorder.state === 'recording')
      room.emit(40, 60)
      expect(recorder.fullOf).toBe(fullOf)
      expect(fullWords(fullOf)).toMatch(fullOf === 'events' ? /200,000 events/ : /100 million characters/)
    }
  })

  test('that never began says so and holds nothing', async () => {
    const { source } = scriptedRoom()
    const recorder = record({ ...source, snapshot: () => Promise.reject(new Error('away')) })
    await until('it to fail', () => recorder.state === 'failed')
    expect(recorder.parts()).toBeNull()
  })
})
