import { readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { projectRoot as root, sourceFiles } from '#test/support/source-files.ts'

/** What each room may import, besides its own files. The first entry that a path starts with decides. */
const MAY_IMPORT: ReadonlyArray<readonly [room: string, allowed: readonly string[]]> = [
  ['lib/util/', []],
  ['lib/protocol/', ['lib/util/']],
  ['lib/brokers/contract.ts', ['lib/brokers/contract/']],
  ['lib/brokers/contract/', ['lib/util/', 'lib/protocol/']],
  ['lib/brokers/kit/', ['lib/util/', 'lib/protocol/', 'lib/brokers/contract.ts']],
  ['lib/brokers/environment.ts', ['lib/brokers/contract.ts', 'lib/brokers/kit/broker-url.ts']],
  [
    'lib/brokers/recipe.ts',
    ['lib/util/', 'lib/protocol/', 'lib/brokers/contract.ts', 'lib/brokers/environment.ts'],
  ],
  ['lib/brokers/catalog.ts', ['lib/brokers/contract.ts', 'lib/brokers/*/manifest.ts']],
  ['lib/brokers/systems.ts', ['lib/brokers/contract.ts', 'lib/brokers/*/profile.ts']],
  ['lib/brokers/mode-at.ts', ['lib/protocol/', 'lib/brokers/contract.ts']],
  ['lib/brokers/drivers.ts', ['lib/brokers/']],
  [
    'lib/brokers/',
    [
      'lib/util/',
      'lib/protocol/',
      'lib/brokers/contract.ts',
      'lib/brokers/kit/',
      'lib/brokers/environment.ts',
      'lib/brokers/recipe.ts',
    ],
  ],
  ['lib/config/', ['lib/util/', 'lib/protocol/']],
  ['lib/log/', ['lib/util/', 'lib/config/']],
  [
    'lib/launcher/',
    ['lib/util/', 'lib/protocol/', 'lib/brokers/environment.ts', 'lib/brokers/recipe.ts', 'lib/log/'],
  ],
  ['lib/ledger/model/', ['lib/util/', 'lib/protocol/', 'lib/brokers/contract.ts']],
  ['lib/ledger/counters/', ['lib/util/', 'lib/protocol/', 'lib/brokers/contract.ts', 'lib/ledger/model/']],
  [
    'lib/ledger/store/',
    [
      'lib/util/',
      'lib/protocol/',
      'lib/brokers/catalog.ts',
      'lib/brokers/mode-at.ts',
      'lib/ledger/model/',
      'lib/ledger/counters/',
    ],
  ],
  [
    'lib/ledger/reducers/',
    ['lib/util/', 'lib/protocol/', 'lib/ledger/model/', 'lib/ledger/counters/', 'lib/ledger/store/'],
  ],
  [
    'lib/ledger/views/',
    [
      'lib/util/',
      'lib/protocol/',
      'lib/brokers/contract.ts',
      'lib/ledger/model/',
      'lib/ledger/counters/',
      'lib/ledger/store/',
    ],
  ],
  ['lib/ledger/', ['lib/protocol/']],
  ['lib/faults/', ['lib/util/', 'lib/protocol/', 'lib/brokers/contract.ts']],
  [
    'lib/scenes/',
    [
      'lib/util/',
      'lib/protocol/',
      'lib/brokers/contract.ts',
      'lib/brokers/catalog.ts',
      'lib/brokers/mode-at.ts',
    ],
  ],
  [
    'lib/rooms/',
    [
      'lib/util/',
      'lib/protocol/',
      'lib/brokers/contract.ts',
      'lib/brokers/catalog.ts',
      'lib/brokers/mode-at.ts',
      'lib/scenes/',
      'lib/faults/',
      'lib/ledger/ledger.ts',
      'lib/log/',
    ],
  ],
  [
    'lib/lessons/runner/',
    ['lib/util/', 'lib/protocol/', 'lib/ledger/ledger.ts', 'lib/rooms/contract.ts', 'lib/lessons/'],
  ],
  [
    'lib/lessons/',
    [
      'lib/util/',
      'lib/protocol/',
      'lib/brokers/contract.ts',
      'lib/brokers/catalog.ts',
      'lib/brokers/mode-at.ts',
      'lib/ledger/',
      'lib/scenes/',
    ],
  ],
  ['lib/metrics/', ['lib/util/', 'lib/protocol/', 'lib/rooms/contract.ts']],
  ['lib/access/', ['lib/util/', 'lib/protocol/', 'lib/rooms/contract.ts']],
  [
    'lib/commands/',
    [
      'lib/util/',
      'lib/protocol/',
      'lib/lessons/library.ts',
      'lib/lessons/lesson-file.ts',
      'lib/lessons/lesson-to-open.ts',
      'lib/rooms/contract.ts',
      'lib/access/',
    ],
  ],
  ['lib/gateway/', ['lib/util/', 'lib/protocol/', 'lib/rooms/contract.ts', 'lib/commands/', 'lib/access/']],
  [
    'lib/http/',
    [
      'lib/util/',
      'lib/protocol/',
      'lib/ledger/',
      'lib/rooms/contract.ts',
      'lib/commands/',
      'lib/access/',
      'lib/runtime.ts',
    ],
  ],
  ['lib/runtime.ts', ['lib/util/', 'lib/protocol/', 'lib/rooms/contract.ts', 'lib/commands/', 'lib/access/']],
  [
    'lib/feed/',
    [
      'lib/util/',
      'lib/protocol/',
      'lib/ledger/',
      'lib/brokers/contract.ts',
      'lib/brokers/catalog.ts',
      'lib/brokers/mode-at.ts',
    ],
  ],
  ['lib/recording/', ['lib/util/', 'lib/protocol/', 'lib/ledger/', 'lib/feed/']],
  [
    'components/',
    [
      'lib/lessons/',
      'lib/recording/',
      'lib/util/',
      'lib/protocol/',
      'lib/ledger/',
      'lib/feed/',
      'lib/brokers/contract.ts',
      'lib/brokers/catalog.ts',
      'lib/brokers/mode-at.ts',
      'lib/brokers/systems.ts',
    ],
  ],
  ['app/api/', ['lib/http/']],
  ['app/present/', ['lib/http/']],
  ['app/', ['lib/util/page-address.ts', 'lib/protocol/', 'lib/http/room-picture.ts', 'components/']],
]

/** Which room alone may import a broker's client library. */
const CLIENT_LIBRARIES = {
  amqplib: 'lib/brokers/rabbitmq/',
  ioredis: 'lib/brokers/redis/',
  kafkajs: 'lib/brokers/kafka/',
}

const sources = sourceFiles(['app', 'components', 'lib'])

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g)
  return [...found].map((match) => match[1] ?? '')
}

function resolve(file: string, specifier: string): string {
  if (specifier.startsWith('#')) return specifier.slice(1)
  if (specifier.startsWith('.')) return normalize(relative(root, join(root, dirname(file), specifier)))
  return specifier
}

/** The folder of one system is a room of its own: `lib/brokers/redis/x.ts` and `lib/brokers/kafka/y.ts` are strangers. */
function roomOf(file: string): string {
  const system = file.match(/^lib\/brokers\/[^/]+\//)
  if (system) return system[0]
  return MAY_IMPORT.find(([room]) => file.startsWith(room))?.[0] ?? file
}

function isAllowed(target: string, allowed: readonly string[]): boolean {
  return allowed.some((entry) =>
    entry.includes('*')
      ? new RegExp(`^${entry.replace('*', '[^/]+')}$`).test(target)
      : target.startsWith(entry),
  )
}

/** Imports of a file that its folder may not have; an empty list when all is well. */
function forbiddenImports(file: string): string[] {
  const rule = MAY_IMPORT.find(([room]) => file.startsWith(room))
  if (!rule) return [`${file} lies in a folder without a rule`]
  return importsOf(file)
    .map((specifier) => resolve(file, specifier))
    .filter((target) => /^(app|components|lib|test|bench|server)\b/.test(target))
    .filter((target) => !target.startsWith(roomOf(file)) && !isAllowed(target, rule[1]))
    .map((target) => `${file} imports ${target}`)
}

/** The folder of a component is a room of its own; a file directly in `components` stands alone. */
const folderOf = (file: string): string => file.split('/').slice(0, 2).join('/')

function folderImports(room: string): Map<string, Set<string>> {
  const imports = new Map<string, Set<string>>()
  for (const file of sources.filter((source) => source.startsWith(room))) {
    const from = folderOf(file)
    const targets = importsOf(file)
      .map((specifier) => resolve(file, specifier))
      .filter((target) => target.startsWith(room) && folderOf(target) !== from)
    imports.set(from, new Set([...(imports.get(from) ?? []), ...targets.map(folderOf)]))
  }
  return imports
}

/** What a folder reaches through imports, its own and those of the folders it imports. */
function reachedFrom(folder: string, imports: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const reached = new Set<string>()
  const open = [folder]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const target of imports.get(next) ?? []) {
      if (reached.has(target)) continue
      reached.add(target)
      open.push(target)
    }
  }
  return reached
}

describe('imports point one way', () => {
  test('every file imports only what its folder may', () => {
    expect(sources.flatMap(forbiddenImports)).toEqual([])
  })

  test.each(Object.entries(CLIENT_LIBRARIES))('only its own folder imports %s', (library, home) => {
    const importers = sources.filter((file) =>
      importsOf(file).some((name) => name === library || name.startsWith(`${library}/`)),
    )
    expect(importers.length).toBeGreaterThan(0)
    expect(importers.filter((file) => !file.startsWith(home))).toEqual([])
  })

  test('the catalog, the driver list and the folders name the same systems', () => {
    const folders = sources
      .filter((file) => /^lib\/brokers\/[^/]+\/recipe\.ts$/.test(file))
      .map((file) => file.split('/')[2])
      .sort()
    const named = (file: string) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/\.\/(\w+)\/(?:manifest|profile|driver)\.ts/g)]
        .map((match) => match[1])
        .sort()
    expect(named('lib/brokers/catalog.ts')).toEqual(folders)
    expect(named('lib/brokers/systems.ts')).toEqual(folders)
    expect(named('lib/brokers/drivers.ts')).toEqual(folders)
  })
})

test('folders of components import each other in no circle', () => {
  const imports = folderImports('components/')
  const inCircle = [...imports.keys()].filter((folder) => reachedFrom(folder, imports).has(folder))
  expect(inCircle).toEqual([])
})

test('the kit names no system: it is for every driver', () => {
  const kit = sources.filter((file) => file.startsWith('lib/brokers/kit/'))
  const named = kit.filter((file) =>
    /['"](rabbitmq|redis|kafka)['"]/.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(named).toEqual([])
})

test('no screen asks which system it shows: the manifest says what a system can do', () => {
  const asksForSystem = /[=!]==?\s*['"](rabbitmq|redis|kafka)['"]|case\s+['"](rabbitmq|redis|kafka)['"]/
  const screens = sources.filter((file) => /^(components|app)\//.test(file))
  expect(screens.filter((file) => asksForSystem.test(readFileSync(join(root, file), 'utf8')))).toEqual([])
})

test('no file is longer than 300 lines', () => {
  const MAX_LINES = 300
  const files = [...sourceFiles(['app', 'components', 'lib', 'test', 'bench']), 'server.ts']
  const lines = (file: string) => readFileSync(join(root, file), 'utf8').split('\n').length
  expect(files.filter((file) => lines(file) > MAX_LINES)).toEqual([])
})
