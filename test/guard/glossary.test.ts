import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot as root } from '#test/support/source-files.ts'

test('the glossary defines no word twice', () => {
  const text = readFileSync(join(root, 'docs/glossary.md'), 'utf8')
  const words = [...text.matchAll(/^- (.+?): /gm)].flatMap(([, head = '']) =>
    [...head.matchAll(/\*\*(.+?)\*\*/g)].map(([, word = '']) => word),
  )
  expect(words.length).toBeGreaterThan(100)
  expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([])
})
