import { expect, test } from 'vitest'
import { bodyWords } from '#components/words/body.ts'

test.each([
  ['its text', { text: 'hello', unreadable: null }, 'hello'],
  ['an ellipsis while it is not known', { text: null, unreadable: null }, '…'],
  [
    'why it could not be read',
    { text: '', unreadable: { reason: 'it is corrupt', records: 1 } },
    'Unreadable: it is corrupt',
  ],
  [
    'how many were lost together',
    { text: '', unreadable: { reason: 'it is corrupt', records: 1_200 } },
    '1,200 records, unreadable: it is corrupt',
  ],
])('where a message’s text stands, there is %s', (_, content, words) => {
  expect(bodyWords(content)).toBe(words)
})
