import { expect, test } from 'vitest'
import { createDeferred } from '#lib/util/deferred.ts'
import { shareNextRun } from '#lib/util/share-next-run.ts'

test('who calls before a run starts shares it, and who calls while it runs shares the next one', async () => {
  const runs = [createDeferred<string>(), createDeferred<string>()]
  let started = 0
  const run = shareNextRun(() => runs[started++]?.promise ?? Promise.reject(new Error('a third run')))
  const early = [run(), run()]
  await Promise.resolve()
  await Promise.resolve()
  expect(started).toBe(1)
  const late = [run(), run()]
  runs[0]?.resolve('first')
  expect(await Promise.all(early)).toEqual(['first', 'first'])
  runs[1]?.resolve('second')
  expect(await Promise.all(late)).toEqual(['second', 'second'])
  expect(started).toBe(2)
})
