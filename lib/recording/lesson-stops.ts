import type { Recording } from './format.ts'

/**
 * The positions at which playing stops by itself, rising: where recording began, if a lesson was under way then; before each
 * step of a lesson, so that there is time to read it and to say what one expects; and where it is shown what happened.
 * Empty without a lesson.
 */
export function lessonStops({ header, events }: Recording): number[] {
  const { snapshot, startedSeq, epoch } = header
  const later = events.findIndex((event) => event.epoch !== epoch || event.seq > startedSeq)
  const began = later === -1 ? events.length : later
  let before = snapshot.lesson ?? null
  const stops = before === null || before.phase === 'revealed' ? [] : [began]
  for (let index = began; index < events.length; index += 1) {
    const event = events[index]
    if (event?.kind !== 'lesson') continue
    const { now } = event
    const isAnother = now !== null && now.run !== before?.run
    const isStep = now !== null && now.done < now.steps && now.done > (before?.done ?? 0)
    const isReveal = now?.phase === 'revealed' && before?.phase !== 'revealed'
    if (isAnother || isStep || isReveal) stops.push(index + 1)
    before = now
  }
  return stops
}
