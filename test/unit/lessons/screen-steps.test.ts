import { describe, expect, test } from 'vitest'
import { readLessonFile } from '#lib/lessons/lesson-file.ts'
import { lessonMessageId } from '#lib/lessons/message-ids.ts'
import { screenSteps } from '#lib/lessons/screen-steps.ts'
import { publishSchema } from '#lib/protocol/command-schemas.ts'
import { lessonNames, lessonText } from '#test/support/lessons.ts'

const stepsOf = (name: string) => {
  const read = readLessonFile(lessonText(name))
  if (!read.ok) throw new Error(`${name} is wrong`)
  return { lesson: read.lesson, steps: screenSteps(read.lesson) }
}

describe('the steps of a lesson on the screen', () => {
  test('are those of its file, in their order, with what is waited for at the end of the step before', () => {
    for (const name of lessonNames) {
      const { lesson, steps } = stepsOf(name)
      const done = steps.flatMap(({ acts }) => acts)
      const all = [...lesson.before, ...lesson.steps]
      expect(done.map(({ step }) => step)).toEqual(all.filter((step) => !('say' in step)))
      expect(done.every(({ step, place }) => all[place] === step)).toBe(true)
      expect(steps.some(({ isBefore }) => !isBefore)).toBe(true)
    }
  })

  test('are one for all that comes before the question, and then one for each thing that is done', () => {
    const { steps } = stepsOf('who-is-away')
    expect(
      steps.map(({ isBefore, acts }) => [isBefore, acts.map(({ step }) => Object.keys(step)[0])]),
    ).toEqual([
      [true, ['send', 'wait-for']],
      [false, ['remove', 'remove', 'remove']],
      [false, ['send', 'wait-for']],
      [false, ['add', 'add', 'add']],
    ])
  })
})

test('the ids of a lesson’s messages are ids, and different for each run, step and number', () => {
  const run = '2f1f2f7e-93a7-4f52-9a26-6d9b7a0e5a11'
  const ids = [lessonMessageId(run, 0, 1), lessonMessageId(run, 0, 2), lessonMessageId(run, 59, 200)]
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(publishSchema.shape.id.safeParse(id).success).toBe(true)
})
