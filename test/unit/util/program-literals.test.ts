import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPlain, literal, printfFormat, shellWord } from '#lib/util/program-literals.ts'

/** What a person may type, and what only a program would send; no lone surrogates, which are no text. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom(
      '\\',
      "'",
      '"',
      '`',
      '$',
      '%',
      '\n',
      '\u0000',
      '\u2028',
      '\u202e',
      '{',
      'é',
      '👩🏽‍🚀',
    ),
  }),
)

describe('a text as a literal', () => {
  test('means the same in JavaScript, stands on one line and hides nothing', () => {
    fc.assert(
      fc.property(text, (typed) => {
        const written = literal(typed)
        expect(JSON.parse(written)).toBe(typed)
        expect(new Function(`return ${written}`)()).toBe(typed)
        expect(isPlain(written)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('is one word of a shell, or printf’s format, and comes out as it was', () => {
    const typed = fc.sample(text, 40)
    for (const one of typed) {
      const line = isPlain(one) ? `printf %s ${shellWord(one)}` : printfFormat(one)
      expect(line).not.toContain('\n')
      expect(execFileSync('sh', ['-c', line]).toString()).toBe(one)
    }
  })
})
