import fc from 'fast-check'
import { expect, test } from 'vitest'
import { prettyJson } from '#lib/util/pretty-json.ts'

test('numbers, escapes and duplicate names of a JSON text stay as they were written', () => {
  const text =
    '{"id":9007199254740993,"e":1e400,"z":-0.00,"u":"\\u00fc\\n","a":1,"a":2,"l":[],"o":{},"n":[1,[2]]}'
  expect(prettyJson(text)).toBe(
    [
      '{',
      '  "id": 9007199254740993,',
      '  "e": 1e400,',
      '  "z": -0.00,',
      '  "u": "\\u00fc\\n",',
      '  "a": 1,',
      '  "a": 2,',
      '  "l": [],',
      '  "o": {},',
      '  "n": [',
      '    1,',
      '    [',
      '      2',
      '    ]',
      '  ]',
      '}',
    ].join('\n'),
  )
})

test('white space alone differs from what was written', () => {
  fc.assert(
    fc.property(fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue())), (value) => {
      const pretty = prettyJson(JSON.stringify(value))
      expect(JSON.parse(pretty ?? '')).toEqual(JSON.parse(JSON.stringify(value)))
      expect(prettyJson(pretty ?? '')).toBe(pretty)
    }),
  )
})

test.each([
  ['12'],
  ['"text"'],
  ['[1,'],
  ['{a:1}'],
  ['[1] 2'],
  [''],
  [`${'['.repeat(500)}${']'.repeat(500)}`],
])('%s is shown as text', (text) => expect(prettyJson(text)).toBeNull())
