import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot as root } from '#test/support/source-files.ts'

const TOP = ['app', 'bench', 'components', 'docker', 'docs', 'lessons', 'lib', 'public', 'server', 'test']

const namesIn = (folder: string): string[] =>
  readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)

const FILES = TOP.flatMap((top) =>
  readdirSync(join(root, top), { recursive: true, encoding: 'utf8' }).map((name) => `/${top}/${name}`),
).concat(readdirSync(root).map((name) => `/${name}`))

const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', ...namesIn('docs').filter((name) => name.endsWith('.md'))]

test('every source file that a document names exists', () => {
  const missing = DOCUMENTS.flatMap((document) => {
    const text = readFileSync(join(root, document), 'utf8')
    const named = [...text.matchAll(/`([\w[\]./-]+\.(?:tsx?|mjs|css))`/g)].map(([, name = '']) => name)
    return named
      .filter((name) => !FILES.some((file) => file.endsWith(`/${name}`)))
      .map((name) => `${document}: ${name}`)
  })
  expect(missing).toEqual([])
})
