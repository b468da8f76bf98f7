import { useEffect, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import type { LessonSummary } from '#lib/protocol/lesson-commands.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import { pageAddress } from '#lib/util/page-address.ts'
import { errorWords } from '../words/errors.ts'

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
  (await read<{ lessons: LessonSummary[] }>(pageAddress('/api/lessons'))).lessons

const fetchLesson = (name: string): Promise<Lesson> =>
  read<Lesson>(pageAddress(`/api/lessons/${encodeURIComponent(name)}`))

/** A lesson that is read; null until it is there, and where there is a `problem`, in words. */
interface ReadLesson {
  lesson: Lesson | null
  problem: string
}

/** `key`: read again when it changes. */
function useRead(key: string, readLesson: () => Promise<Lesson>): ReadLesson {
  const [fetched, setFetched] = useState<{ key: string; lesson: Lesson } | null>(null)
  const [problem, setProblem] = useState('')
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for all that is read
  useEffect(() => {
    let isCurrent = true
    setProblem('')
    readLesson().then(
      (lesson) => isCurrent && setFetched({ key, lesson }),
      (error: unknown) => isCurrent && setProblem(error instanceof Error ? error.message : String(error)),
    )
    return () => {
      isCurrent = false
    }
  }, [key])
  return { lesson: fetched?.key === key ? fetched.lesson : null, problem }
}

/** A lesson of the dashboard's, by its name. */
export const useLesson = (name: string): ReadLesson => useRead(name, () => fetchLesson(name))

/** The lesson that goes on in the room, whose file a presenter may have brought. */
export const useRoomLesson = (feed: Feed, { name, run, own }: RoomLesson): ReadLesson =>
  useRead(own ? run : name, async () => {
    if (!own) return await fetchLesson(name)
    const reply = await feed.command('lesson:here', {})
    if (reply.ok) return reply.value
    throw new Error(errorWords(reply.code, reply))
  })
