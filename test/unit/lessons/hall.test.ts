import { expect, test } from 'vitest'
import { lessonToOpen } from '#lib/lessons/lesson-to-open.ts'
import { partPlayedBy } from '#lib/lessons/parts.ts'
import { testLessons } from '#test/support/lessons.ts'

const RUN = '9f0c2c9e-4c1f-4d7a-9a53-1f2c3b4d5e6f'

test('phones play every consumer of a lesson, also one that a later step adds, unless the lesson deals seats', async () => {
  const opened = async (name: string) => lessonToOpen(name, await testLessons.get(name)).parts
  expect(await opened('crash-a-worker')).toEqual(['rabbitmq:jobs:worker-1', 'rabbitmq:jobs:worker-2'])
  expect(await opened('who-is-away')).toEqual([
    ...['rabbitmq:mailbox:worker-1', 'redis:chatroom:subscriber-1', 'kafka:datascience:reader-1'],
  ])
  expect(await opened('one-message-three-fates')).toBeUndefined()
})

test('every lesson has parts for phones to play, or deals them seats', async () => {
  for (const { name } of await testLessons.list()) {
    const lesson = await testLessons.get(name)
    const { parts } = lessonToOpen(name, lesson)
    expect([name, parts === undefined ? lesson.hall : parts.length > 0]).toEqual([
      ...[name, lesson.hall === 'seats' ? 'seats' : true],
    ])
  }
})

test('a person keeps their part for a run, and a hall is spread over all of them', () => {
  const parts = ['a', 'b', 'c']
  const people = Array.from({ length: 300 }, (_, index) => `person-${index}`)
  const dealt = people.map((id) => partPlayedBy(parts, RUN, id))
  expect(people.map((id) => partPlayedBy(parts, RUN, id))).toEqual(dealt)
  for (const part of parts) {
    const share = dealt.filter((one) => one === part).length
    expect(share).toBeGreaterThan(70)
    expect(share).toBeLessThan(130)
  }
  expect(partPlayedBy([], RUN, 'ada')).toBeNull()
})
