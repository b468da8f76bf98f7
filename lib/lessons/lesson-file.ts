import { AppError } from '#lib/protocol/errors.ts'
import { type Lesson, lessonSchema } from '#lib/protocol/lesson.ts'
import { LESSON_FILE_MAX_CHARS } from '#lib/protocol/limits.ts'
import { cutText } from '#lib/util/cut-text.ts'
import { type FileFault, faultAt, faultLine, readYaml } from '#lib/util/yaml-file.ts'
import { faultsOfLesson } from './check-lesson.ts'

const REASON_MAX_CHARS = 300
const NAME_MAX_CHARS = 64

export type LessonFile = { ok: true; lesson: Lesson } | { ok: false; faults: FileFault[] }

/** Reads a lesson's file, which may be wrong, huge or hostile. Never throws. */
export function readLessonFile(text: string): LessonFile {
  if (text.length > LESSON_FILE_MAX_CHARS) {
    return wrong([{ line: 1, path: '', reason: `it is longer than ${LESSON_FILE_MAX_CHARS} characters` }])
  }
  const file = readYaml(text, lessonSchema)
  if (!file.ok) return wrong(file.faults)
  const faults = faultsOfLesson(file.value).map(({ path, reason }) => faultAt(path, reason, file.lineOf))
  return faults.length === 0 ? { ok: true, lesson: file.value } : wrong(faults)
}

/** Throws AppError `invalid` whose message names each fault with its line; `line` and `field` are those of the first. */
export function parseLessonFile(text: string): Lesson {
  const file = readLessonFile(text)
  if (file.ok) return file.lesson
  const [first] = file.faults
  throw new AppError('invalid', file.faults.map(faultLine).join('\n'), {
    ...(first === undefined ? {} : { detail: { line: first.line, field: first.path } }),
  })
}

/** What a lesson is called that has no name among ours: "My first!" is `my-first`. */
export const nameOfLesson = ({ title }: Pick<Lesson, 'title'>): string => {
  const words = title.toLowerCase().match(/[a-z0-9]+/g) ?? []
  const name = words.reduce(
    (all, word) => (all.length + word.length < NAME_MAX_CHARS ? [all, word].filter(Boolean).join('-') : all),
    '',
  )
  return name === '' ? 'own-lesson' : name
}

const wrong = (faults: FileFault[]): LessonFile => ({
  ok: false,
  faults: faults.map((fault) => ({ ...fault, reason: cutText(fault.reason, REASON_MAX_CHARS) })),
})
