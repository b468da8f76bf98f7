import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { nextFreeName } from '#components/send/next-name.ts'
import { initialSettings, settingFields } from '#components/send/setting-fields.ts'
import { textSize } from '#components/send/text-size.ts'
import { formatLatency, formatSpan, secondsUntil } from '#components/ui/format.ts'
import { catalog } from '#lib/brokers/catalog.ts'

describe('settings are drawn from the manifest', () => {
  test('each kind of setting becomes a field with its default', () => {
    const schema = z.object({
      from: z.enum(['latest', 'earliest']).default('latest').describe('Where to start'),
      maxWait: z.number().int().min(0).max(100).default(10),
      ordered: z.boolean().default(true),
      label: z.string().default('x'),
    })
    expect(settingFields(schema)).toEqual([
      {
        name: 'from',
        label: 'From',
        hint: 'Where to start',
        kind: 'choice',
        options: ['latest', 'earliest'],
        initial: 'latest',
      },
      { name: 'maxWait', label: 'Max Wait', hint: '', kind: 'number', min: 0, max: 100, initial: 10 },
      { name: 'ordered', label: 'Ordered', hint: '', kind: 'switch', initial: true },
      { name: 'label', label: 'Label', hint: '', kind: 'text', initial: 'x' },
    ])
  })

  test("every system's defaults pass its own schema", () => {
    for (const manifest of catalog) {
      for (const mode of Object.values(manifest.modes)) {
        const fields = settingFields(mode.consumerSettings)
        expect(mode.consumerSettings.safeParse(initialSettings(fields)).success).toBe(true)
      }
    }
  })
})

describe('the next free name', () => {
  test('counts on from the highest, also after a gap', () => {
    expect(nextFreeName('worker', [])).toBe('worker-1')
    expect(nextFreeName('worker', ['worker-1', 'worker-7', 'reader-9', 'worker-x'])).toBe('worker-8')
  })
})

describe('the size of a text', () => {
  test('counts bytes of UTF-8, and shows only near the limit', () => {
    expect(textSize('ä'.repeat(100)).words).toBeNull()
    expect(textSize('ä'.repeat(4_096))).toEqual({ tooLong: false, words: '8,192 of 8,192 bytes' })
    expect(textSize(`${'ä'.repeat(4_096)}x`).tooLong).toBe(true)
  })
})

describe('numbers and times', () => {
  test('are written alike everywhere', () => {
    expect([0.4, 4.2, 1_310].map(formatLatency)).toEqual(['<1 ms', '4 ms', '1,310 ms'])
    expect([900, 21_400, 130_000, 7_300_000, 604_800_000].map(formatSpan)).toEqual([
      '0 s',
      '21 s',
      '2 min',
      '2 h',
      '7 days',
    ])
    expect([secondsUntil(1_001, 1_000), secondsUntil(500, 1_000)]).toEqual([1, 0])
  })
})
