import fc from 'fast-check'
import { expect, test } from 'vitest'
import { personNameSchema } from '#lib/protocol/names.ts'
import { chosenName, PERSON_NAME_MAX_CHARS } from '#lib/protocol/person-name.ts'

test('a name that the first script takes is the one that the schema reads', () => {
  const typed = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: PERSON_NAME_MAX_CHARS + 2 }),
    fc.constantFrom(
      '',
      '   ',
      ' Ada ',
      'Ada\nLovelace',
      'a\u202Eb',
      'e\u0301'.repeat(PERSON_NAME_MAX_CHARS),
      '\uFEFFx',
    ),
  )
  fc.assert(
    fc.property(typed, (text) => {
      const parsed = personNameSchema.safeParse(text)
      expect(chosenName(text)).toBe(parsed.success ? parsed.data : null)
    }),
  )
})
