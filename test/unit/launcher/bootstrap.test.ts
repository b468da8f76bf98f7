import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildIsCurrent, sourcesHash } from '#lib/launcher/bootstrap/build.mjs'
import { runNode } from '#lib/launcher/bootstrap/child-processes.mjs'
import { packagesState } from '#lib/launcher/bootstrap/packages.mjs'
import { addCounts, countResults, summaryLine } from '#lib/launcher/bootstrap/test-counts.mjs'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'switchboard-bootstrap-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function write(path: string, content: unknown) {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
}

describe('installed packages', () => {
  const wanted = {
    '': { name: 'root' },
    'node_modules/one': { version: '1.0.0' },
    'node_modules/two': { version: '2.0.0', dev: true },
    'node_modules/for-another-platform': { version: '1.0.0', optional: true },
  }
  const put = async (installed: Record<string, unknown>) => {
    await write('package-lock.json', { packages: wanted })
    await write('node_modules/.package-lock.json', { packages: installed })
    for (const path of Object.keys(installed)) await write(`${path}/package.json`, {})
  }
  const one = { 'node_modules/one': { version: '1.0.0' } }
  const two = { 'node_modules/two': { version: '2.0.0' } }

  test('are missing in a fresh clone', async () => {
    await write('package-lock.json', { packages: wanted })
    expect(packagesState(root, true)).toBe('missing')
  })
  test('are whole when all that is listed is there', async () => {
    await put({ ...one, ...two })
    expect(packagesState(root, true)).toBe('whole')
  })
  test('need no development packages where nobody develops', async () => {
    await put(one)
    expect(packagesState(root, false)).toBe('whole')
    expect(packagesState(root, true)).toBe('outdated')
  })
  test('are outdated when the lock wants another version', async () => {
    await put({ ...two, 'node_modules/one': { version: '0.9.0' } })
    expect(packagesState(root, true)).toBe('outdated')
  })
  test('are broken when npm did not come to its end', async () => {
    await put({ ...one, ...two })
    await rm(join(root, 'node_modules/.package-lock.json'))
    expect(packagesState(root, true)).toBe('broken')
  })
  test('are broken when one was removed afterwards', async () => {
    await put({ ...one, ...two })
    await rm(join(root, 'node_modules/one'), { recursive: true })
    expect(packagesState(root, true)).toBe('broken')
  })
  test('are broken when our own installation was killed', async () => {
    await put({ ...one, ...two })
    await write('.switchboard/packages-installing', '')
    expect(packagesState(root, true)).toBe('broken')
  })
})

describe('a build', () => {
  const built = async () => {
    await write('app/page.tsx', 'one')
    await write('.next/BUILD_ID', 'id')
    await write('.next/routes-manifest.json', JSON.stringify({ basePath: '' }))
    await write('.next/switchboard-sources', sourcesHash(root))
  }
  test('is current while no source changes', async () => {
    await built()
    expect(buildIsCurrent(root, {})).toBe(true)
    expect(buildIsCurrent(root, { BASE_URL: 'https://board.example' })).toBe(true)
  })
  test('is made again when BASE_URL has another path, and not when its path is wrong, which is said', async () => {
    await built()
    expect(buildIsCurrent(root, { BASE_URL: 'https://hall.example/switchboard' })).toBe(false)
    await write('.next/routes-manifest.json', JSON.stringify({ basePath: '/switchboard' }))
    expect(buildIsCurrent(root, { BASE_URL: 'https://hall.example/switchboard/' })).toBe(true)
    expect(buildIsCurrent(root, {})).toBe(false)
    expect(() => buildIsCurrent(root, { BASE_URL: 'https://hall.example/a%20b' })).toThrow('BASE_URL')
  })
  test.each([
    ['a source changed', () => write('app/page.tsx', 'two')],
    ['a source was added', () => write('components/new.tsx', '')],
    [
      'a source was renamed',
      async () => {
        await rm(join(root, 'app/page.tsx'))
        await write('app/other.tsx', 'one')
      },
    ],
    ['it was cut off', () => rm(join(root, '.next/BUILD_ID'))],
    ['nobody stamped it', () => rm(join(root, '.next/switchboard-sources'))],
  ])('is made again when %s', async (_, change) => {
    await built()
    await change()
    expect(buildIsCurrent(root, {})).toBe(false)
  })
})

describe('the last line of npm test', () => {
  const file = (status: string, ...statuses: string[]) => ({
    status,
    assertionResults: statuses.map((it) => ({ status: it })),
  })

  test('counts tests', () => {
    const report = {
      testResults: [file('passed', 'passed', 'passed', 'skipped'), file('failed', 'failed', 'passed')],
    }
    expect(summaryLine(countResults(report, 1))).toBe('3 passed, 1 failed, 1 skipped')
  })
  test('says nothing of skipped tests where there are none', () => {
    expect(summaryLine(countResults({ testResults: [file('passed', 'passed')] }, 0))).toBe(
      '1 passed, 0 failed',
    )
  })
  test('counts a file that could not be run as a failure', () => {
    expect(countResults({ testResults: [file('passed', 'passed'), file('failed')] }, 1).failed).toBe(1)
  })
  test('counts an error outside of any test as a failure', () => {
    expect(countResults({ testResults: [file('passed', 'passed')] }, 1).failed).toBe(1)
  })
  test('counts a run without a report, and one without tests, as a failure', () => {
    expect(countResults(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 })
    expect(countResults({ testResults: [] }, 0).failed).toBe(1)
  })
  test('adds up the halves of the run', () => {
    const halves = [
      { passed: 3, failed: 0, skipped: 1 },
      { passed: 4, failed: 2, skipped: 0 },
    ]
    expect(summaryLine(addCounts(halves))).toBe('7 passed, 2 failed, 1 skipped')
  })
})

test('a program whose output is shared is heard to its last line, and its exit code is passed on', async () => {
  const lines: string[] = []
  const program = 'process.stdout.write("one\\ntwo"); process.stderr.write("three\\n"); process.exitCode = 3'
  const code = await runNode(['-e', program], {
    cwd: process.cwd(),
    env: process.env,
    print: (line) => void lines.push(line),
  })
  expect([code, lines.sort()]).toEqual([3, ['one', 'three', 'two']])
})
