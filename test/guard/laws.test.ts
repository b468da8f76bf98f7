import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot as root, sourceFiles } from '#test/support/source-files.ts'

const ID = /^[RDK][QFL]-\d+$/
const TITLE = /\b(?:it|test)(?:\.\w+\([^)]*\))?\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`([^`]*)`)/g

interface Law {
  id: string
  words: string
  file: string
}

/** Every test whose title begins with a law's id. */
function provenLaws(): Law[] {
  return sourceFiles(['test'], /\.test\.ts$/).flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(TITLE)].flatMap((match) => {
      const title = (match[1] ?? match[2] ?? match[3] ?? '').replaceAll(/\\(.)/g, '$1')
      const [id = '', ...words] = title.split(' ')
      return ID.test(id) ? [{ id, words: words.join(' '), file }] : []
    }),
  )
}

/** Every line of the laws' page. */
function writtenLaws(): Law[] {
  const lines = readFileSync(join(root, 'docs/laws.md'), 'utf8').matchAll(
    /^- \*\*([RDK][QFL]-\d+)\*\* (.+) \(`([^`]+)`\)$/gm,
  )
  return [...lines].map(([, id = '', words = '', file = '']) => ({ id, words, file }))
}

const worded = (laws: Law[]) => laws.map(({ id, words, file }) => `${id} ${words} (${file})`).sort()

test('every law of docs/laws.md is proven by the test it names, in the same words', () => {
  expect(worded(writtenLaws())).toEqual(worded(provenLaws()))
})

test('no two laws have one id', () => {
  const ids = provenLaws().map(({ id }) => id)
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
})
