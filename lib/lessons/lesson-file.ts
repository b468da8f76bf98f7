import { type Lesson, lessonSchema } from '#lib/protocol/lesson.ts'
import { cutText } from '#lib/util/cut-text.ts'
import { type FileFault, faultAt, readYaml } from '#lib/util/yaml-file.ts'
import { faultsOfLesson } from './check-lesson.ts'

/** Longest lesson file, in characters: several times what the longest of ours takes. */
const LESSON_FILE_MAX_CHARS = 64 * 1024
const REASON_MAX_CHARS = 300

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

const wrong = (faults: FileFault[]): LessonFile => ({
  ok: false,
  faults: faults.map((fault) => ({ ...fault, reason: cutText(fault.reason, REASON_MAX_CHARS) })),
})
