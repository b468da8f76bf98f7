import type { Lesson } from '#lib/protocol/lesson.ts'
import { nameOfLesson } from './lesson-file.ts'
import { idOf, Places } from './places.ts'
import { screenSteps } from './screen-steps.ts'

/** What a room has to know of a lesson of the dashboard's. */
export const lessonToOpen = (name: string, lesson: Lesson) => ({
  ...{ name, title: lesson.title, steps: screenSteps(lesson).length, scene: lesson.scene },
  ...(lesson.hall === 'seats' ? {} : { parts: partsOf(lesson) }),
})

/** Every consumer that the lesson has from beginning to end, in the order in which they come. */
function partsOf({ scene, before, steps }: Lesson): string[] {
  const places = new Places(scene)
  for (const step of [...before, ...steps]) {
    if ('add' in step) places.add(places.destination(step.add.to), step.add)
  }
  return [...new Set(places.consumers.map(idOf))]
}

/** What `lesson:open` gets for a lesson whose file is brought into the room. */
export const ownLessonToOpen = (lesson: Lesson) => ({
  ...lessonToOpen(nameOfLesson(lesson), lesson),
  own: lesson,
})
