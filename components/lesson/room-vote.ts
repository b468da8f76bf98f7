import type { Feed } from '#lib/feed/feed.ts'
import { rightChoice } from '#lib/lessons/right-choice.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import type { Vote } from '#lib/protocol/vote.ts'
import { errorWords } from '../words/errors.ts'

/** The room's vote on the lesson's question: people answer before it happens, and what happened grades them. */

/** The vote of this run of the lesson; null where the room was not asked. */
export const voteOf = (vote: Vote | null, { run }: RoomLesson): Vote | null =>
  vote?.run === run ? vote : null

/** Asks everybody in the room. A question before it that is open gives way. Rejects with words. */
export async function askRoom(feed: Feed, { question }: Lesson, { run }: RoomLesson): Promise<void> {
  if (feed.views.vote?.phase === 'open') await feed.command('vote:close', {})
  const choices = question.choices.map(({ text }) => text)
  const reply = await feed.command('vote:open', { question: question.ask, choices, run })
  if (!reply.ok) throw new Error(errorWords(reply.code, reply))
}

/**
 * Shows how the room voted. The right choice is marked, and scored, only where the brokers did what the lesson says. Does
 * nothing where the room was not asked, or knows already.
 */
export async function gradeVote(
  feed: Feed,
  lesson: Lesson,
  state: RoomLesson,
  holds: boolean,
): Promise<void> {
  if (voteOf(feed.views.vote, state)?.phase !== 'open') return
  await feed.command('vote:reveal', holds ? { right: rightChoice(lesson) } : {})
}
