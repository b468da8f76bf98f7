import type { Lesson } from '#lib/protocol/lesson.ts'
import type { LessonSummary } from '#lib/protocol/lesson-commands.ts'

/** Lessons as the server has them, fetched when somebody asks for them. */

async function read<T>(path: string): Promise<T> {
  const answer = await fetch(path)
  if (!answer.ok)
    throw new Error(
      answer.status === 404 ? 'There is no such lesson.' : `The dashboard answered ${answer.status}.`,
    )
  return (await answer.json()) as T
}

export const fetchLessons = async (): Promise<LessonSummary[]> =>
  (await read<{ lessons: LessonSummary[] }>('/api/lessons')).lessons

export const fetchLesson = (name: string): Promise<Lesson> =>
  read<Lesson>(`/api/lessons/${encodeURIComponent(name)}`)
