import { expect, test } from 'vitest'
import { readLessonFile } from '#lib/lessons/lesson-file.ts'
import { runLesson } from '#lib/lessons/runner/run-lesson.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import { lessonText, readLessons } from '#test/support/lessons.ts'
import { scriptRooms } from '../rooms/scripted-rooms.ts'

const lessonWith = (from: string, to: string): Lesson => {
  const read = readLessonFile(lessonText('crash-a-worker').replace(from, to))
  if (!read.ok) throw new Error(read.faults[0]?.reason)
  return { ...read.lesson, before: [], expect: [{ consumer: { who: 'worker-1', is: 'attached' } }] }
}

test('a step that cannot be done ends the lesson, and the room is removed all the same', async () => {
  const { rooms } = await scriptRooms()
  const lesson = lessonWith('fault: { crash: worker-1 }', 'fault: { resume: worker-1 }')
  const result = await runLesson(lesson, { rooms })
  expect(result).toMatchObject({
    kind: 'run',
    holds: false,
    trouble: expect.stringContaining('cannot resume worker-1'),
    outcomes: [{ holds: true, expected: 'worker-1 is attached', seen: 'attached' }],
  })
  expect(await rooms.names()).toEqual(['lobby'])
})

test('what a lesson that broke off expects of a consumer of a later step is left out', async () => {
  const { rooms } = await scriptRooms()
  const lesson = lessonWith('fault: { crash: worker-1 }', 'fault: { resume: worker-1 }')
  const expected = [...lesson.expect, { consumer: { who: 'of-a-later-step', is: 'attached' as const } }]
  const result = await runLesson({ ...lesson, expect: expected }, { rooms })
  expect(result).toMatchObject({ holds: false, outcomes: [{ expected: 'worker-1 is attached' }] })
})

test('what holds, and stays, is what the lesson says', async () => {
  const { rooms } = await scriptRooms()
  const lesson = lessonWith('fault: { crash: worker-1 }', 'say: nothing happens')
  const said: string[] = []
  const result = await runLesson(lesson, { rooms, onStep: (words) => said.push(words) })
  expect(result).toMatchObject({ kind: 'run', holds: true })
  expect(said).toEqual(['nothing happens'])
})

test('a lesson that stops a broker is left out where that broker is not ours', async () => {
  const { rooms } = await scriptRooms()
  const [lesson] = readLessons({ stopBrokers: true }).values()
  if (lesson === undefined) throw new Error('no lesson stops a broker')
  expect(await runLesson(lesson, { rooms })).toMatchObject({ kind: 'left-out' })
})
