import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readLessonFile } from '#lib/lessons/lesson-file.ts'
import { createLessonLibrary } from '#lib/lessons/library.ts'
import { brokersStoppedBy } from '#lib/lessons/runner/run-lesson.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import { faultLine } from '#lib/util/yaml-file.ts'
import { projectRoot } from './source-files.ts'

/** Those of the dashboard itself. */
export const testLessons = createLessonLibrary(join(projectRoot, 'lessons'))

export const lessonText = (name: string): string =>
  readFileSync(join(projectRoot, 'lessons', `${name}.yaml`), 'utf8')

export const lessonNames = readdirSync(join(projectRoot, 'lessons'))
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length))
  .sort()

/** Lessons by name: those that stop a broker, or all others. */
export function readLessons({ stopBrokers }: { stopBrokers: boolean }): Map<string, Lesson> {
  const lessons = lessonNames.map((name): [string, Lesson] => {
    const read = readLessonFile(lessonText(name))
    if (!read.ok) throw new Error(`${name}.yaml: ${read.faults.map(faultLine).join('; ')}`)
    return [name, read.lesson]
  })
  return new Map(lessons.filter(([, lesson]) => brokersStoppedBy(lesson).length > 0 === stopBrokers))
}
