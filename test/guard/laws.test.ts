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

test('each section of docs/laws.md says on which versions it was proven, and its exceptions are laws of that section', () => {
  const sections = readFileSync(join(root, 'docs/laws.md'), 'utf8').split(/^## /m).slice(1)
  expect(sections.length).toBeGreaterThan(0)
  for (const section of sections) {
    const proven =
      /^Proven on (?:[A-Z]\w+ \d+\.\d+\.\d+(?:, )?|\d+\.\d+\.\d+(?:, )?)+(?:; not on .+)?\.$/m.exec(
        section,
      )?.[0]
    expect(proven, section.split('\n')[0]).toBeDefined()
    for (const [id] of proven?.matchAll(/[RDK][QFL]-\d+/g) ?? []) expect(section).toContain(`- **${id}**`)
  }
})

test('no two laws have one id', () => {
  const ids = provenLaws().map(({ id }) => id)
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
})
