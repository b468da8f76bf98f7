import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { lessonViewOf } from '#components/lesson/lesson-run.ts'
import { OFFERED_LESSONS } from '#components/start-here/offered-lessons.ts'
import { screenSteps } from '#lib/lessons/screen-steps.ts'
import { outcomesOf } from '#lib/lessons/waiting.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import { lessonStops } from '#lib/recording/lesson-stops.ts'
import { readRecording } from '#lib/recording/read.ts'
import { openReplay } from '#lib/recording/replay.ts'
import { testLessons } from '#test/support/lessons.ts'
import { projectRoot } from '#test/support/source-files.ts'
import { type Draft, numbered, published, QUEUE } from '../ledger/event-maker.ts'
import { atOnce, recordingOf, snapshotAt } from './recordings.ts'

const FOLDER = join(projectRoot, 'public', 'recordings')
/** Of one recording: the page fetches it whole before it shows anything. */
const MAX_BYTES = 64 * 1024
const REMADE_BY = 'made by: npm run lesson -- <name> --record public/recordings'

const names = OFFERED_LESSONS.map(({ lesson }) => lesson)

test('the lessons offered to a newcomer have a recording, and no other lesson has', () => {
  expect(readdirSync(FOLDER).sort(), REMADE_BY).toEqual(names.map((name) => `${name}.jsonl`).sort())
})

describe.each(names)('the recording of %s', (name) => {
  const file = join(FOLDER, `${name}.jsonl`)
  const open = async () => {
    const read = await readRecording(readFileSync(file, 'utf8'), { yieldNow: atOnce })
    if (!read.ok) throw new Error(read.fault.code)
    expect(read.cut).toBe(0)
    return await openReplay(read.recording, { yieldNow: atOnce })
  }

  test('is small enough to load at once', () => {
    expect(statSync(file).size).toBeLessThan(MAX_BYTES)
  })

  test('begins with the question, stops before each step of the lesson’s file, and ends as the lesson expects', async () => {
    const lesson = await testLessons.get(name)
    const replay = await open()
    const now = () => replay.feed.views.lesson
    expect(now()).toMatchObject({ name, title: lesson.title, phase: 'question', done: 0 })
    const steps = screenSteps(lesson).length
    expect(now()?.steps, REMADE_BY).toBe(steps)
    const done = replay.stops.map((stop) => {
      replay.seek(stop)
      return now()?.done
    })
    expect(done).toEqual([...Array(steps).keys(), steps])
    const end = now()
    if (end?.phase !== 'revealed') throw new Error('it shows nothing at its end')
    const outcomes = outcomesOf(lesson.expect, lessonViewOf(replay.feed, lesson, end))
    expect(
      outcomes.filter(({ holds }) => !holds),
      REMADE_BY,
    ).toEqual([])
    replay.close()
  })
})

const LESSON: RoomLesson = {
  ...{ name: 'den', title: 'Den', run: '00000000-0000-4000-8000-000000000000', startedAt: 0 },
  ...{ steps: 2, step: 0, done: 0, phase: 'question' },
}
const moved = (to: Partial<RoomLesson>): Draft =>
  ({ ...published(QUEUE, 'unused'), kind: 'lesson', now: { ...LESSON, ...to } }) as unknown as Draft

test('playing stops before each step and at what happened, and a recording of no lesson has no stops', () => {
  const events = numbered([
    published(QUEUE, 'history'),
    published(QUEUE, 'of step 1'),
    moved({ done: 1, step: 1 }),
    moved({ done: 1, step: 1, phase: 'running' }),
    published(QUEUE, 'of step 2'),
    moved({ done: 2, step: 2, phase: 'running' }),
    moved({ done: 2, step: 2, phase: 'revealed' }),
    published(QUEUE, 'later'),
  ])
  expect(lessonStops(recordingOf(events, snapshotAt(1, { lesson: LESSON })))).toEqual([1, 3, 7])
  const [first, second] = events
  if (!first || !second) throw new Error('no events')
  expect(lessonStops(recordingOf([first, second], snapshotAt(1)))).toEqual([])
})
