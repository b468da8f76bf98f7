import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lock, tryLock } from '#lib/launcher/folder-lock.mjs'
import { isSameProcess, startTimeOf, thisProcess } from '#lib/launcher/process-identity.mjs'
import { until } from '#test/support/until.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-lock-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A process that is certainly dead, as it was. */
async function deadProcess() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const pid = child.pid ?? 0
  const startTime = startTimeOf(pid) ?? ''
  child.kill('SIGKILL')
  await until('it to be gone', () => startTimeOf(pid) === null)
  return { pid, startTime }
}

describe('a process is known by its pid and its start', () => {
  test('this one lives', () => {
    expect(isSameProcess(thisProcess())).toBe(true)
  })
  test('a pid that was given to another process is not the same one', () => {
    expect(isSameProcess({ pid: process.pid, startTime: '1' })).toBe(false)
  })
  test('a killed one is gone', async () => {
    expect(isSameProcess(await deadProcess())).toBe(false)
  })
})

describe('a lock', () => {
  const path = () => join(folder, 'lock')

  test('is held by one at a time, and leaves nothing behind', async () => {
    const release = tryLock(path())
    expect(release).toBeDefined()
    expect(tryLock(path())).toBeUndefined()
    release?.()
    expect(await readdir(folder)).toEqual([])
  })

  test('goes to whoever waits, one after the other', async () => {
    let inside = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const release = await lock(path(), 10_000)
        inside += 1
        most = Math.max(most, inside)
        await new Promise((resolve) => setImmediate(resolve))
        inside -= 1
        release()
      }),
    )
    expect(most).toBe(1)
  })

  test('of a killed process is taken over', async () => {
    await writeFile(path(), JSON.stringify(await deadProcess()))
    expect(tryLock(path())).toBeDefined()
  })

  test('with a damaged owner is taken over', async () => {
    await writeFile(path(), '{"pid":')
    expect(tryLock(path())).toBeDefined()
  })

  test('is waited for only so long, and the owner is named', async () => {
    const release = tryLock(path())
    await expect(lock(path(), 60)).rejects.toThrow(String(process.pid))
    release?.()
  })
})
