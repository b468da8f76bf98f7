import { describe, expect, test } from 'vitest'
import { catalog } from '#lib/brokers/catalog.ts'
import { modeAt } from '#lib/brokers/mode-at.ts'
import { systems } from '#lib/brokers/systems.ts'
import { modeSchema } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'

describe('the profile of a system', () => {
  test('are those of its manifest, system by system in the same order', () => {
    expect(systems.map(({ id }) => id)).toEqual(catalog.map(({ id }) => id))
    for (const [index, { modes, ...profile }] of systems.entries()) {
      expect(catalog[index]).toMatchObject(profile)
      for (const mode of modeSchema.options) {
        expect(Boolean(modes[mode]), `${profile.id} ${mode}`).toBe(Boolean(catalog[index]?.modes[mode]))
      }
    }
  })

  test.each(systems.flatMap((system) => modeSchema.options.map((mode) => ({ system, mode }))))(
    'say the same of $system.label $mode as its manifest, whatever variant its settings make it',
    ({ system, mode }) => {
      const manifest = catalog.find(({ id }) => id === system.id)
      const variants: Settings[] = [{}, { kind: 'list' }]
      for (const settings of variants) {
        const profile = modeAt(system, { mode, settings })
        const { variant: _, ...plain } = { variant: undefined, ...profile }
        expect(modeAt(manifest, { mode, settings })).toMatchObject(plain)
      }
    },
  )
})
