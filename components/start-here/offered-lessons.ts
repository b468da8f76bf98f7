import type { LessonSummary } from '#lib/protocol/lesson-commands.ts'
import { pageAddress } from '#lib/util/page-address.ts'

/** The lessons that a newcomer is offered, with what they show in a few words. Each can also be watched as a recording. */
export const OFFERED_LESSONS = [
  {
    lesson: 'one-message-three-fates',
    title: 'One message, three fates',
    about: 'A queue, a channel and a log',
  },
  { lesson: 'who-is-away', title: 'Who is away', about: 'What waits for whom' },
  { lesson: 'crash-a-worker', title: 'Crash a worker', about: 'What becomes of its work' },
] as const

/** The address at which a lesson is played from its recording, without a broker; null where it has none. */
export const watchAddress = (lesson: LessonSummary['name']): string | null =>
  OFFERED_LESSONS.some((one) => one.lesson === lesson)
    ? pageAddress(`/play?lesson=${encodeURIComponent(lesson)}`)
    : null

/** The file of that recording, on this server. Throws with words where it cannot be had. */
export async function fetchLessonRecording(lesson: string): Promise<File> {
  if (watchAddress(lesson) === null) throw new Error(`There is no recording of the lesson ${lesson}.`)
  const answer = await fetch(pageAddress(`/recordings/${lesson}.jsonl`))
  if (!answer.ok) throw new Error(`The dashboard answered ${answer.status}.`)
  return new File([await answer.blob()], `${lesson}.jsonl`)
}
