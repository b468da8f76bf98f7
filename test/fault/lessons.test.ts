import { expect, test } from 'vitest'
import { startLessonBrokers } from '#test/support/lesson-brokers.ts'
import { readLessons } from '#test/support/lessons.ts'

const WITH_BROKERS_MS = 180_000

const lessons = readLessons({ stopBrokers: true })

test(
  'lessons that stop a broker are what the broker does',
  async () => {
    const brokers = await startLessonBrokers([...lessons.values()], {})
    try {
      const results = await brokers.run(lessons)
      const wrong = [...results].filter(([, result]) => result.kind !== 'run' || !result.holds)
      expect(wrong).toEqual([])
      expect(results.size).toBe(lessons.size)
    } finally {
      await brokers.close()
    }
  },
  WITH_BROKERS_MS,
)
