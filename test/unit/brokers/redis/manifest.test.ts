import { describe, expect, it } from 'vitest'
import { catalog } from '#lib/brokers/catalog.ts'
import type { Can } from '#lib/brokers/contract.ts'
import { modeAt } from '#lib/brokers/mode-at.ts'
import { manifest } from '#lib/brokers/redis/manifest.ts'

const queueOf = (kind: string) => {
  const found = modeAt(manifest, { mode: 'queue', settings: { kind } })
  if (!found) throw new Error('Redis has queues')
  return found
}
const STREAM = queueOf('stream')
const LIST = queueOf('list')

describe('the manifest of one destination', () => {
  it('is that of its mode, unless its settings make it a variant', () => {
    expect(STREAM.noun).toBe('stream')
    expect(LIST).toMatchObject({
      noun: 'list',
      publishCommand: 'LPUSH',
      drawing: { entry: { word: 'LPUSH' } },
    })
    expect(modeAt(manifest, { mode: 'queue', settings: {} })).toBe(STREAM)
    expect(modeAt(manifest, manifest.classic)).toBe(manifest.modes.fanout)
    expect(modeAt(undefined, manifest.classic)).toBeUndefined()
  })

  it('is the same object each time, so that nothing is drawn again for it', () => {
    expect(queueOf('list')).toBe(LIST)
    expect(queueOf('stream')).toBe(STREAM)
  })

  it.each(
    catalog.flatMap((system) => Object.values(system.modes).map((mode) => ({ name: system.label, mode }))),
  )('is a variant only where the defaults of $name make it the mode itself', ({ mode }) => {
    const defaults = mode.destinationSettings.parse({}) as Record<string, string>
    const found = mode.variant?.(defaults) ?? mode
    expect({ noun: found.noun, can: found.can }).toEqual({ noun: mode.noun, can: mode.can })
  })
})

describe('a Redis list, against a stream with a group', () => {
  it('can do less, and gives a reason for each ability that it lacks', () => {
    const lacking = (Object.keys(STREAM.can) as Array<keyof Can>).filter(
      (power) => STREAM.can[power] !== LIST.can[power],
    )
    expect(lacking.sort()).toEqual(['alter', 'deadLetters', 'headers', 'poison'])
    for (const power of [...lacking, 'replay', 'groups', 'commit'] as const) {
      expect(LIST.lacks[power], power).toMatch(/list/)
    }
  })

  it('offers no setting that does nothing there, and keeps the defaults of those that do', () => {
    expect(LIST.destinationSettings.parse({ kind: 'list', maxAttempts: 3 })).toEqual({ kind: 'list' })
    const { reads, heartbeat, ...shared } = STREAM.consumerSettings.parse({}) as Record<string, unknown>
    expect({ reads, heartbeat }).toEqual({ reads: 'queue', heartbeat: true })
    expect(LIST.consumerSettings.parse({})).toEqual(shared)
  })
})
