import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LessonResult } from '#lib/lessons/runner/run-lesson.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { type LessonBrokers, startLessonBrokers } from '#test/support/lesson-brokers.ts'
import { readLessons } from '#test/support/lessons.ts'

/** What the brokers do is what the lessons say. Those that stop a broker are among the fault tests. */
const ALL_MS = 240_000

const lessons = readLessons({ stopBrokers: false })
let brokers: LessonBrokers
let results: Map<string, LessonResult>

beforeAll(async () => {
  brokers = await startLessonBrokers([...lessons.values()], testBrokers())
  results = await brokers.run(lessons)
}, ALL_MS)
afterAll(() => brokers?.close())

/** Those where everybody sits beside the lesson's consumers, and one where people play them. */
const inHall = new Map(
  [...lessons].filter(([name, { hall }]) => hall === 'seats' || name === 'crash-a-worker'),
)

test(
  'with phones in the room each lesson ends as its file expects, and the right choice is marked',
  async () => {
    const graded = await brokers.run(inHall, { seats: 6 })
    const wrong = [...graded].filter(([, result]) => result.kind !== 'run' || !result.holds)
    expect(wrong).toEqual([])
    expect(graded.size).toBe(6)
  },
  ALL_MS,
)

test.each([...lessons.keys()])('%s', (name) => {
  const result = results.get(name)
  if (result?.kind !== 'run') throw new Error(`it did not run: ${result?.reason}`)
  const { outcomes, trouble } = result
  expect({ trouble, different: outcomes.filter(({ holds }) => !holds) }).toEqual({ different: [] })
  expect(result.holds).toBe(true)
})
