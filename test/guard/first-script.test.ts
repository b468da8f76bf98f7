import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot as root } from '#test/support/source-files.ts'

/** Where a browser's part of a room's page begins: what it imports, and what that imports, is fetched before a key is heard. */
const PAGE = 'components/room-page.tsx'

/**
 * What the first script is too small for, with what it would add, compressed. All of it comes behind a dynamic import:
 * the lanes and the feed beside the first script, the rest on demand (docs/decisions/052).
 */
const TOO_LARGE: ReadonlyArray<readonly [what: RegExp, why: string]> = [
  [/^zod\b/, 'zod is 31 KiB: parse behind a dynamic import, or import the type alone'],
  [
    /^lib\/brokers\/(catalog|[a-z]+\/manifest)\.ts$/,
    'manifests hold schemas and programs: ask lib/brokers/systems.ts',
  ],
  [/^(socket\.io-client|lib\/feed\/create-feed\.ts)$/, 'the feed is opened by components/feed/open-feed.ts'],
  [/^lib\/ledger\/(ledger\.ts|store|reducers)/, 'the ledger comes with the feed'],
  [/^(cmdk|@tanstack\/react-virtual)$/, 'the palette and long lists come on demand'],
]

/** What a file imports for its values: types are gone from what a browser gets. */
function valueImports(file: string): string[] {
  const statements = readFileSync(join(root, file), 'utf8').matchAll(
    /^(?:import|export)\s+(?!type\b)(?:([^'"]*?)\s+from\s+)?['"]([^'"]+)['"]/gm,
  )
  return [...statements].flatMap(([, names = '', specifier = '']) => {
    const inBraces = names.match(/^\{([^}]*)\}$/)?.[1]?.split(',')
    const parts = inBraces?.map((name) => name.trim()).filter((name) => name !== '')
    return parts?.every((name) => name.startsWith('type ')) ? [] : [specifier]
  })
}

function resolve(file: string, specifier: string): string {
  if (specifier.startsWith('#')) return specifier.slice(1)
  if (specifier.startsWith('.')) return normalize(relative(root, join(root, dirname(file), specifier)))
  return specifier
}

/** All that a page reaches without a dynamic import, each with the file that asked for it first. */
function reachedFrom(page: string): Map<string, string> {
  const reached = new Map([[page, 'the page']])
  for (const file of reached.keys()) {
    if (!/\.tsx?$/.test(file) || !existsSync(join(root, file))) continue
    for (const specifier of valueImports(file)) {
      const target = resolve(file, specifier)
      if (!reached.has(target)) reached.set(target, file)
    }
  }
  return reached
}

test('a room’s page asks for nothing large before it takes typed text', () => {
  const reached = reachedFrom(PAGE)
  expect(reached.has('components/send/send-all.tsx')).toBe(true)
  const found = [...reached].flatMap(([target, asker]) =>
    TOO_LARGE.filter(([what]) => what.test(target)).map(([, why]) => `${asker} imports ${target}: ${why}`),
  )
  expect(found).toEqual([])
})
