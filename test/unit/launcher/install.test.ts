import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { InstallStep, Recipe } from '#lib/brokers/recipe.ts'
import { recipe as redis } from '#lib/brokers/redis/recipe.ts'
import { findOrInstall } from '#lib/launcher/install.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-install-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const program = () => join(folder, 'program')

/** A step that this machine can take: it runs Node. */
const step = (script: string, more: Partial<InstallStep> = {}): InstallStep => ({
  describe: 'a program',
  needs: 'node',
  command: process.execPath,
  args: ['-e', script],
  changesMachine: true,
  ...more,
})
const bringsIt = () => `require('fs').writeFileSync(${JSON.stringify(program())}, '')`

const recipeWith = (...install: InstallStep[]): Recipe => ({
  ...redis,
  install,
  findProgram: async () => (existsSync(program()) ? { path: program(), extras: {} } : null),
})

describe('installing', () => {
  test('is announced before it is done, and brings the program', async () => {
    const announced: string[] = []
    const announce = (what: string) => {
      announced.push(what)
      expect(existsSync(program())).toBe(false)
    }
    const found = await findOrInstall(recipeWith(step(bringsIt())), { announce })
    expect(found.path).toBe(program())
    expect(announced.at(-1)).toBe('a program')
  })

  test('does nothing where the program is', async () => {
    await findOrInstall(recipeWith(step(bringsIt())))
    await findOrInstall(recipeWith(step('process.exit(1)')), {
      announce: () => expect.unreachable('there was nothing to install'),
    })
  })

  test('leaves out what is not needed, not possible, or would change the machine when it must not', async () => {
    const notNeeded = step(bringsIt(), { needed: async () => false })
    const impossible = step(bringsIt(), { needs: 'no-such-tool-anywhere' })
    await expect(findOrInstall(recipeWith(notNeeded, impossible))).rejects.toThrow(
      'no way to install it here',
    )
    await expect(findOrInstall(recipeWith(step(bringsIt())), { steps: 'project' })).rejects.toThrow(
      'not installed',
    )
    expect(existsSync(program())).toBe(false)
  })

  test("that fails gives the tool's own words", async () => {
    const failing = step('console.error("E: Unable to locate package redis-server"); process.exit(100)')
    await expect(findOrInstall(recipeWith(failing))).rejects.toThrow(
      /installing failed: .*ended with 100: E: Unable to locate package redis-server/,
    )
  })

  test('that is cut off leaves no stamp, and the next one begins with an empty folder', async () => {
    const jars = join(folder, 'jars')
    const stamp = { folder: jars, path: join(folder, 'jars.json') }
    const write = (name: string) =>
      `require('fs').mkdirSync(${JSON.stringify(jars)}, {recursive: true});require('fs').writeFileSync(${JSON.stringify(join(jars, name))}, 'x');`
    const cutOff = step(`${write('half.jar')}process.kill(process.pid, 'SIGKILL')`, { stamp })
    await expect(findOrInstall(recipeWith(cutOff))).rejects.toThrow('installing failed')
    expect(existsSync(stamp.path)).toBe(false)
    await findOrInstall(recipeWith(step(`${write('whole.jar')}${bringsIt()}`, { stamp })))
    expect(existsSync(join(jars, 'half.jar'))).toBe(false)
    expect(existsSync(stamp.path)).toBe(true)
  })
})
