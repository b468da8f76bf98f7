import { expect, test } from 'vitest'
import { createDeferred } from '#lib/util/deferred.ts'
import { createKeyedMutex } from '#lib/util/mutex.ts'

test('a keyed mutex runs the tasks of one key one after another, also after a failure, and those of other keys beside them', async () => {
  const mutex = createKeyedMutex()
  const first = createDeferred<void>()
  const steps: string[] = []
  const task =
    (name: string, until: Promise<void> = Promise.resolve()) =>
    async () => {
      steps.push(`${name} begins`)
      await until
      steps.push(`${name} ends`)
    }
  const failing = mutex.run('a', async () => {
    await task('a1', first.promise)()
    throw new Error('a1 failed')
  })
  const next = mutex.run('a', task('a2'))
  await mutex.run('b', task('b'))
  expect(steps).toEqual(['a1 begins', 'b begins', 'b ends'])
  first.resolve()
  await expect(failing).rejects.toThrow('a1 failed')
  await next
  expect(steps.slice(3)).toEqual(['a1 ends', 'a2 begins', 'a2 ends'])
})
