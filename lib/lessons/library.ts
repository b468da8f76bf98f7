import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { AppError } from '#lib/protocol/errors.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import type { LessonSummary } from '#lib/protocol/lesson-commands.ts'
import { readLessonFile } from './lesson-file.ts'
import { systemsOf } from './screen-steps.ts'

/** The lessons of a folder, read once, at the first question. */
export interface LessonLibrary {
  /** Those with a place in the order first, then by level and title. Files that are wrong are left out. */
  list(): Promise<LessonSummary[]>
  /** Throws `lesson-not-found`. */
  get(name: string): Promise<Lesson>
}

const EXTENSION = '.yaml'
const LEVELS: Record<Lesson['level'], number> = { beginner: 0, intermediate: 1, advanced: 2 }

export function createLessonLibrary(folder: string): LessonLibrary {
  let reading: Promise<Map<string, Lesson>> | undefined
  const lessons = () => {
    reading ??= readLessons(folder).catch((error: unknown) => {
      reading = undefined
      throw error
    })
    return reading
  }
  return {
    list: async () => [...(await lessons())].map(summaryOf).sort(inOrder),
    get: async (name) => {
      const lesson = (await lessons()).get(name)
      if (lesson === undefined) throw new AppError('lesson-not-found', `there is no lesson "${name}"`)
      return lesson
    },
  }
}

async function readLessons(folder: string): Promise<Map<string, Lesson>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(EXTENSION))
  const read = await Promise.all(
    files.map(async (file) => [file, readLessonFile(await readFile(join(folder, file), 'utf8'))] as const),
  )
  return new Map(
    read.flatMap(([file, result]) =>
      result.ok ? [[basename(file, EXTENSION), result.lesson] as const] : [],
    ),
  )
}

const summaryOf = ([name, lesson]: [string, Lesson]): LessonSummary => {
  const { title, level, minutes, order, question } = lesson
  return {
    ...{ name, title, level, minutes, systems: systemsOf(lesson), ask: question.ask },
    ...(order === undefined ? {} : { order }),
  }
}

const placeOf = ({ order }: LessonSummary): number => order ?? Number.POSITIVE_INFINITY

function inOrder(a: LessonSummary, b: LessonSummary): number {
  if (placeOf(a) !== placeOf(b)) return placeOf(a) - placeOf(b)
  return LEVELS[a.level] - LEVELS[b.level] || a.title.localeCompare(b.title)
}
