import { describe, expect, it } from 'vitest'
import { durationWords } from '#lib/brokers/kafka/topology.ts'

describe('a retention in words', () => {
  it.each([
    [604_800_000, '7 days'],
    [86_400_000, '1 day'],
    [129_600_000, '36 hours'],
    [5_400_000, '90 minutes'],
    [1_500, '2 seconds'],
  ])('expresses %d ms as %s', (ms, words) => {
    expect(durationWords(ms)).toBe(words)
  })
})
