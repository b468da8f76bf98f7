import type { Lesson, LessonStep } from '#lib/protocol/lesson.ts'
import type { Expectation } from '#lib/protocol/lesson-expectation.ts'

/** A step as it is counted on the screen: what is done at one press of its button. */
export interface ScreenStep {
  /** What is read before it is done. */
  says: string[]
  /** What is done, each with its place among all steps of the lesson's file, which message ids are made of. */
  acts: Array<{ step: LessonStep; place: number }>
  /** What has to hold before it is over. */
  waitsFor: Expectation[]
  /** It comes before what the question asks about. */
  isBefore: boolean
}

/** The part of a lesson that its steps on the screen are made of. */
export type LessonCourse = Pick<Lesson, 'before' | 'steps'>

const verbOf = (step: LessonStep): string => Object.keys('fault' in step ? step.fault : step)[0] ?? ''

/**
 * The steps of a lesson's file as those of the screen. What comes before the question is one step. Then each verb begins
 * a new one: three consumers that leave one after the other leave in one step. What is waited for ends the step before it.
 */
export function screenSteps({ before, steps }: LessonCourse): ScreenStep[] {
  const all: ScreenStep[] = []
  let verb = ''
  const begin = (isBefore: boolean): ScreenStep => {
    const step = { says: [], acts: [], waitsFor: [], isBefore }
    all.push(step)
    return step
  }
  for (const [place, step] of [...before, ...steps].entries()) {
    const isBefore = place < before.length
    const last = all.at(-1)
    const isMore = last?.isBefore === isBefore
    if ('wait-for' in step) {
      const waiting = isMore ? last : begin(isBefore)
      waiting.waitsFor.push(...step['wait-for'])
      waiting.acts.push({ step, place })
      verb = ''
    } else if ('say' in step) {
      const isNew = !isMore || (!isBefore && last.acts.length > 0)
      ;(isNew ? begin(isBefore) : last).says.push(step.say)
      verb = ''
    } else {
      const joins = isMore && (isBefore || verb === verbOf(step) || last.acts.length === 0)
      ;(joins ? last : begin(isBefore)).acts.push({ step, place })
      verb = verbOf(step)
    }
  }
  return all.filter(({ acts }) => acts.length > 0)
}

/** The systems of a lesson's scene, in its order. */
export const systemsOf = ({ scene }: Pick<Lesson, 'scene'>): string[] => [
  ...new Set(scene.destinations.map(({ system }) => system)),
]
