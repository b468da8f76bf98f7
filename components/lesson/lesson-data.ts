import { useEffect, useState } from 'react'
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

const fetchLesson = (name: string): Promise<Lesson> =>
  read<Lesson>(`/api/lessons/${encodeURIComponent(name)}`)

/** A lesson by its name; null until it is there, and where there is a `problem`, in words. */
export function useLesson(name: string): { lesson: Lesson | null; problem: string } {
  const [fetched, setFetched] = useState<{ name: string; lesson: Lesson } | null>(null)
  const [problem, setProblem] = useState('')
  useEffect(() => {
    let isCurrent = true
    fetchLesson(name).then(
      (lesson) => isCurrent && setFetched({ name, lesson }),
      (error: unknown) => isCurrent && setProblem(error instanceof Error ? error.message : String(error)),
    )
    return () => {
      isCurrent = false
    }
  }, [name])
  return { lesson: fetched?.name === name ? fetched.lesson : null, problem }
}
