const STEP_DIGITS = 4
const NUMBER_DIGITS = 8

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

/**
 * The id of a message that a lesson sends: of the run, of the step's place among all steps of the lesson, and of the
 * message's number within the step. So everybody in the room knows which messages are the lesson's, and a step that two
 * presenters do at once sends each of its messages once.
 */
export const lessonMessageId = (run: string, step: number, number: number): string =>
  [...run.split('-').slice(0, -1), hex(step, STEP_DIGITS) + hex(number, NUMBER_DIGITS)].join('-')
