import { expect, test } from 'vitest'
import { createRest } from '#lib/util/rest.ts'

test('long work rests when it has gone on for a while, and works on at once before', async () => {
  let time = 0
  let breaths = 0
  const breathe = async () => {
    breaths += 1
    time += 1_000
  }
  const rest = createRest(breathe, () => time)
  for (let step = 0; step < 100; step += 1) {
    time += 1
    await rest()
  }
  // What a breath takes is not work.
  expect(breaths).toBe(2)
})
