import { Places } from '#lib/lessons/places.ts'
import type { ScreenStep } from '#lib/lessons/screen-steps.ts'
import type { Lesson, LessonStep } from '#lib/protocol/lesson.ts'
import type { Target } from '../guide/pointers.tsx'

/** More pointers than this at once are not looked at. */
const POINTERS_MAX = 3

function targetsOf(step: LessonStep, places: Places): Target[] {
  const consumer = (ref: string, part: 'consumer' | 'crash' | 'pause'): Target[] => {
    const { system, name } = places.consumer(ref)
    return [{ part, system, consumer: name }]
  }
  if ('send' in step)
    return [step.send.to]
      .flat()
      .map((ref): Target => ({ part: 'send', system: places.destination(ref).system }))
  if ('load' in step) return [{ part: 'send', system: places.destination(step.load.to).system }]
  if ('add' in step) return [{ part: 'add', system: places.destination(step.add.to).system }]
  if ('remove' in step) return consumer(step.remove, 'consumer')
  if ('settle' in step) return consumer(step.settle.consumer, 'consumer')
  if ('seek' in step) return consumer(step.seek.consumer, 'consumer')
  if ('set' in step) {
    const { consumer: who, destination } = step.set
    if (who !== undefined) return consumer(who, 'consumer')
    return destination === undefined ? [] : [{ part: 'send', system: places.destination(destination).system }]
  }
  if ('fault' in step) {
    const [name, at] = Object.entries(step.fault)[0] as [string, string | { consumer: string }]
    const ref = typeof at === 'string' ? at : at.consumer
    if (name.endsWith('-broker')) return []
    return consumer(
      ref,
      name === 'crash' ? 'crash' : name === 'pause' || name === 'resume' ? 'pause' : 'consumer',
    )
  }
  return []
}

/** The places of the desk that a step acts on, three at most. */
export function stepTargets({ scene, before, steps }: Lesson, { acts }: ScreenStep): Target[] {
  const places = new Places(scene)
  for (const step of [...before, ...steps]) {
    if ('add' in step) places.add(places.destination(step.add.to), step.add)
  }
  const all = acts.flatMap(({ step }) => targetsOf(step, places))
  const different = new Map(all.map((target) => [JSON.stringify(target), target]))
  return [...different.values()].slice(0, POINTERS_MAX)
}
