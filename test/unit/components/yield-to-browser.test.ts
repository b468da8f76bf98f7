import { expect, test } from 'vitest'
import { createYieldWhenDue } from '#components/recording/yield-to-browser.ts'

test('long work yields when it has gone on for a while, and works on at once before', async () => {
  let time = 0
  let yields = 0
  const yieldNow = async () => {
    yields += 1
    time += 1_000
  }
  const yieldWhenDue = createYieldWhenDue(yieldNow, () => time)
  for (let step = 0; step < 100; step += 1) {
    time += 1
    await yieldWhenDue()
  }
  // The time that a yield takes is not work.
  expect(yields).toBe(2)
})
