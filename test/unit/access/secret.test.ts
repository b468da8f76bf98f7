import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadSecret } from '#lib/access/secret.ts'

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'switchboard-secret-'))
  onTestFinished(() => rm(made, { recursive: true }))
  return join(made, 'kept')
}
const log = { warn: () => undefined }

test('the secret is made on the first start, for its owner’s eyes only, and is the same on the next', async () => {
  const at = await folder()
  const [one, other] = await Promise.all([loadSecret(at, log), loadSecret(at, log)])
  expect(one).toHaveLength(32)
  expect(other).toEqual(one)
  expect(await loadSecret(at, log)).toEqual(one)
  expect((await stat(join(at, 'access-secret'))).mode & 0o777).toBe(0o600)
})

test('a file that holds none is left alone, said in the log, and replaced for this run', async () => {
  const at = await folder()
  await loadSecret(at, log)
  const file = join(at, 'access-secret')
  await writeFile(file, 'short')
  const said: object[] = []
  const secret = await loadSecret(at, { warn: (details) => void said.push(details) })
  expect(secret).toHaveLength(32)
  expect(said).toHaveLength(1)
  expect(await readFile(file, 'utf8')).toBe('short')
})
