import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot, sourceFiles } from '#test/support/source-files.ts'

/** A text that begins with a path of the dashboard; `'/'` alone may also be a key, and counts in an address only. */
const PATH = String.raw`(?:api|r|join|play|present|recordings|socket\.io|_next)\b|\?|(?:theme|early-typing|icon)\.`
const ADDRESS = new RegExp(
  [
    String.raw`(?<!pageAddress\(|goTo\(|startsWith\()['"\`]\/(?:${PATH})`,
    String.raw`(?:href|src|action)=\{?['"\`]\/`,
    String.raw`\b(?:assign|replace|open|fetch)\(['"\`]\/`,
    String.raw`location\.(?:origin|host)\}?\/`,
  ].join('|'),
)

const withoutComments = (source: string): string =>
  source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')

const addressesIn = (file: string): string[] =>
  withoutComments(readFileSync(join(projectRoot, file), 'utf8'))
    .split('\n')
    .filter((line) => !/^import |^\} from /.test(line) && ADDRESS.test(line))
    .map((line) => `${file}: ${line.trim()}`)

test('every address in a page is made by pageAddress, so that the dashboard may lie below the root of its host', () => {
  const pages = [
    ...sourceFiles(['app', 'components', 'lib/feed', 'lib/recording'], /\.tsx?$/),
    ...sourceFiles(['public'], /\.js$/),
  ]
  expect(pages.flatMap(addressesIn)).toEqual([])
})

test('what begins with a slash and is an address is found', () => {
  const found = [
    "fetch('/api/join')",
    'href="/"',
    'src="/theme.js"',
    'x = `/r/${room}`',
    '`${location.origin}/r/x`',
  ]
  expect(found.filter((line) => !ADDRESS.test(line))).toEqual([])
  const kept = ["keys: '/',", "fetch(pageAddress('/api/join'))", "import('./rooms')", "text.split('/')"]
  expect(kept.filter((line) => ADDRESS.test(line))).toEqual([])
})
