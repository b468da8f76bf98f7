import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { startTimeOf } from '#lib/launcher/process-identity.mjs'
import { projectRoot } from '#test/support/source-files.ts'
import { until } from '#test/support/until.ts'

const SERVER = join(projectRoot, 'test/fault/launcher/server.ts')
const RUN = `
  import { runNode } from ${JSON.stringify(join(projectRoot, 'lib/launcher/bootstrap/child-processes.mjs'))}
  process.exit(await runNode(['--import', 'tsx', ${JSON.stringify(SERVER)}], { cwd: ${JSON.stringify(projectRoot)}, env: process.env }))
`

const disposers: Array<() => unknown> = []
afterEach(async () => {
  for (const dispose of disposers.splice(0).reverse()) await dispose()
})

/** Runs a command in a process group of its own, and waits until the server below it says its pid. */
async function run(command: string, args: string[], cwd = projectRoot) {
  const child: ChildProcess = spawn(command, args, {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8')
  })
  const code = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const server = await until('the server to start', () => /^pid (\d+)$/m.exec(output)?.[1])
  const serverPid = Number(server)
  disposers.push(() => startTimeOf(serverPid) && process.kill(serverPid, 'SIGKILL'))
  return {
    pid: child.pid ?? 0,
    serverPid,
    code,
    heard: () => output.split('\n').filter((line) => line.startsWith('SIG')),
    serverGone: () => until('the server to be gone', () => startTimeOf(serverPid) === null),
  }
}

const bootstrap = () => run(process.execPath, ['--input-type=module', '-e', RUN])

describe('what the bootstrap runs', () => {
  test('ends when the bootstrap is killed with -9', async () => {
    const { pid, serverGone } = await bootstrap()
    process.kill(pid, 'SIGKILL')
    await serverGone()
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'gets %s once, sent to one or to all, and its exit code is passed on',
    async (signal) => {
      const toOne = await bootstrap()
      process.kill(toOne.pid, signal)
      expect(await toOne.code).toBe(7)
      expect(toOne.heard()).toEqual([signal])
      const toAll = await bootstrap()
      process.kill(-toAll.pid, signal)
      expect(await toAll.code).toBe(7)
      expect(toAll.heard()).toEqual([signal])
    },
  )

  test('ends when npm is killed with -9 above the bootstrap', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'switchboard-npm-'))
    disposers.push(() => rm(folder, { recursive: true, force: true }))
    await writeFile(join(folder, 'run.mjs'), RUN)
    await writeFile(join(folder, 'package.json'), JSON.stringify({ scripts: { start: 'node run.mjs' } }))
    const { pid, serverGone } = await run('npm', ['start'], folder)
    process.kill(pid, 'SIGKILL')
    await serverGone()
  })
})
