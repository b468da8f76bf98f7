import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { nextFreeName } from '#components/send/next-name.ts'
import {
  changedSettings,
  initialSettings,
  settingFields,
  sliderStep,
} from '#components/send/setting-fields.ts'
import { textSize } from '#components/send/text-size.ts'
import { formatLatency, formatSpan, secondsUntil } from '#components/ui/format.ts'
import { hintWords, settingWords } from '#components/words/settings.ts'
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
      {
        name: 'maxWait',
        label: 'Max wait',
        hint: '',
        kind: 'number',
        min: 0,
        max: 100,
        unit: null,
        slides: false,
        initial: 10,
      },
      { name: 'ordered', label: 'Ordered', hint: '', kind: 'switch', initial: true },
      { name: 'label', label: 'Label', hint: '', kind: 'text', initial: 'x' },
    ])
  })

  test("every system's defaults pass its own schemas, of destinations, consumers and messages", () => {
    for (const manifest of catalog) {
      for (const mode of Object.values(manifest.modes)) {
        for (const schema of [mode.destinationSettings, mode.consumerSettings, mode.messageSettings]) {
          const fields = settingFields(schema)
          expect(schema.safeParse(initialSettings(fields)).success, manifest.label).toBe(true)
        }
      }
    }
  })

  test('a name that ends in a unit is a slider where its range allows, and says the unit where it does not', () => {
    const schema = z.object({
      processingMs: z.number().min(0).max(10_000).default(0),
      failurePercent: z.number().min(0).max(100).default(0),
      messageTtlMs: z.number().min(0).max(86_400_000).default(0),
    })
    const [processing, failure, ttl] = settingFields(schema)
    expect(processing).toMatchObject({ label: 'Processing time', unit: 'ms', slides: true })
    expect(failure).toMatchObject({ label: 'Failure rate', unit: '%', slides: true })
    expect(ttl).toMatchObject({ label: 'Message TTL (ms)', unit: 'ms', slides: false })
    expect(processing?.kind === 'number' && sliderStep(processing)).toBe(50)
    expect(failure?.kind === 'number' && sliderStep(failure)).toBe(1)
  })

  test('a value is read aloud with its unit, and the default stands in the hint', () => {
    const [delay, label, ordered] = settingFields(
      z.object({
        delayMs: z.number().min(0).max(2_000).default(1_500).describe('How long it waits'),
        label: z.string().default(''),
        ordered: z.boolean().default(true),
      }),
    )
    if (!delay || !label || !ordered) throw new Error('three fields')
    expect(settingWords(delay, 250)).toBe('250 ms')
    expect(settingWords(label, '')).toBe('none')
    expect(settingWords(ordered, false)).toBe('off')
    expect(hintWords(delay)).toBe('How long it waits. Default: 1,500 ms.')
  })

  test('only what was changed is sent', () => {
    expect(changedSettings({ a: 1, b: true, c: 'x' }, { a: 2, b: true, d: 3 })).toEqual({ a: 2, d: 3 })
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
