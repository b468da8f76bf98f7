import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { projectRoot } from '#test/support/source-files.ts'

/** Stands where vitest does: prints its projects, and reports one passed test for each of them. */
const VITEST = `
  import { existsSync, writeFileSync } from 'node:fs'
  const args = process.argv.slice(2)
  const chosen = args.flatMap((arg, index) => (arg === '--project' ? [args[index + 1]] : []))
  writeFileSync('started-' + chosen[0], '')
  const sideBySide = ['contract', 'gateway', 'fault']
  const isWhole = !process.env.SWITCHBOARD_TEST_BROKERS
  const partners = isWhole && sideBySide.includes(chosen[0]) ? sideBySide : []
  while (!partners.every((name) => existsSync('started-' + name))) await new Promise((resolve) => setTimeout(resolve, 10))
  console.log(chosen.join(' '))
  const named = process.env.SWITCHBOARD_TEST_BROKERS
  if (named) console.log(named, ...args.slice(args.indexOf(chosen[0]) + 1))
  const report = args.find((arg) => arg.startsWith('--outputFile.json=')).split('=')[1]
  const assertionResults = chosen.map((name) => ({ status: name === process.env.FAILING ? 'failed' : 'passed' }))
  writeFileSync(report, JSON.stringify({ testResults: [{ status: 'passed', assertionResults }] }))
  process.exit(chosen.includes(process.env.FAILING) ? 1 : 0)
`
const NEXT = `const fs = require('node:fs'); fs.mkdirSync('.next', { recursive: true }); fs.writeFileSync('.next/BUILD_ID', 'id')`

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'switchboard-test-run-'))
  const files = {
    'package-lock.json': '{"packages":{}}',
    'node_modules/.package-lock.json': '{"packages":{}}',
    'node_modules/vitest/vitest.mjs': VITEST,
    'node_modules/next/dist/bin/next': NEXT,
    'node_modules/@biomejs/biome/bin/biome': '',
    'node_modules/typescript/bin/tsc': '',
    'node_modules/knip/bin/knip.js': 'process.exit(Number(process.env.KNIP_EXIT ?? 0))',
  }
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** Runs a command of the bootstrap in the stand-in project; resolves with its lines and its exit code. */
async function run(
  command: 'runTests' | 'runCheck' | 'runContract',
  env: Record<string, string> = {},
  args: readonly string[] = command === 'runTests' ? ['--no-install'] : [],
) {
  const module = join(projectRoot, 'lib/launcher/bootstrap/tests.mjs')
  const program = `import { ${command} } from ${JSON.stringify(module)}
    process.exit(await ${command}(${JSON.stringify(root)}, ${JSON.stringify(args)}))`
  const options = { env: { ...process.env, ...env } }
  const node = ['--input-type=module', '-e', program]
  const ended = await promisify(execFile)(process.execPath, node, options).then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (error: { stdout: string; code: number }) => error,
  )
  return { lines: ended.stdout.trim().split('\n'), code: ended.code }
}

describe('npm test', () => {
  test('runs what drives browsers alone and fault tests beside the others on brokers; its last line counts all', async () => {
    const { lines, code } = await run('runTests')
    const stages = lines.filter((line) => /^(unit|browser|engines|contract|gateway|fault)\b/.test(line))
    expect(stages.slice(0, 3)).toEqual(['unit guard memory', 'browser', 'engines'])
    expect(stages.slice(3).sort()).toEqual(['contract', 'fault', 'gateway interop'])
    expect([lines.at(-1), code]).toEqual(['9 passed, 0 failed', 0])
  })

  test('fails when one test of a stage fails', async () => {
    const { lines, code } = await run('runTests', { FAILING: 'browser' })
    expect([lines.at(-1), code]).toEqual(['8 passed, 1 failed', 1])
  })

  test('fails when a check fails, and counts it', async () => {
    const { lines, code } = await run('runTests', { KNIP_EXIT: '1' })
    expect([lines.at(-1), code]).toEqual(['9 passed, 1 failed', 1])
  })
})

test('npm run check runs the checks and the projects that need no broker', async () => {
  const { lines, code } = await run('runCheck')
  expect(lines).toContain('unit guard')
  expect([lines.at(-1), code]).toEqual(['2 passed, 0 failed', 0])
})

test('npm run test:contract runs the laws on the brokers that a person names, and passes the rest on to vitest', async () => {
  const named = ['--rabbitmq', 'amqp://h', '--redis=redis://h', '--rabbitmq-management', 'http://m']
  const { lines, code } = await run('runContract', {}, [...named, '-t', 'RQ-1'])
  expect(lines).toContain('contract')
  expect(lines).toContain(
    '{"rabbitmq":{"url":"amqp://h","managementUrl":"http://m"},"redis":{"url":"redis://h"}} -t RQ-1',
  )
  expect([lines.at(-1), code]).toEqual(['1 passed, 0 failed', 0])
})
