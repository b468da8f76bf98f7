import { describe, expect, test } from 'vitest'
import { DeclaredDestinations } from '#lib/brokers/kit/declared-destinations.ts'

const declared = { traits: [], existed: true }
const succeeds = async () => declared
const fails = async () => {
  throw new Error('refused')
}

describe('the destinations of a driver', () => {
  test('one whose declaring failed is half made: known, but not declared', async () => {
    const destinations = new DeclaredDestinations<{ isMadeHere: boolean }>()
    const queue = { isMadeHere: true }
    await expect(destinations.declare('q', queue, fails)).rejects.toThrow('refused')
    expect(destinations.get('q')).toBeUndefined()
    expect(destinations.known('q')).toBe(queue)
    expect(await destinations.declare('q', queue, succeeds)).toEqual({ ...declared, existed: false })
    expect(await destinations.declare('q', queue, succeeds)).toEqual(declared)
  })

  test('one that was refused before anything was made is not half made, and a declared one never is', async () => {
    const destinations = new DeclaredDestinations<{ isMadeHere: boolean }>()
    const queue = { isMadeHere: false }
    await expect(destinations.declare('q', queue, fails, () => false)).rejects.toThrow('refused')
    expect(destinations.known('q')).toBeUndefined()
    await destinations.declare('q', queue, succeeds)
    await expect(destinations.declare('q', queue, fails)).rejects.toThrow('refused')
    await destinations.remove('q', async (known, isHalfMade) => {
      expect([known, isHalfMade]).toEqual([queue, false])
    })
    expect(destinations.known('q')).toBeUndefined()
  })

  test('one that the broker did not delete is not forgotten, half made or declared', async () => {
    const destinations = new DeclaredDestinations<{ isMadeHere: boolean }>()
    await destinations.declare('q', { isMadeHere: true }, fails).catch(() => undefined)
    const remove = destinations.remove('q', async (_, isHalfMade) => {
      expect(isHalfMade).toBe(true)
      throw new Error('the connection was lost')
    })
    await expect(remove).rejects.toThrow('the connection was lost')
    expect(destinations.known('q')).toEqual({ isMadeHere: true })
  })
})
