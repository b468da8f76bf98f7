import type { Lesson } from '#lib/protocol/lesson.ts'

/** The place of the choice that is right; each lesson has exactly one. */
export const rightChoice = ({ question }: Pick<Lesson, 'question'>): number =>
  question.choices.findIndex((choice) => choice.right === true)
