import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { recipe as kafka } from '#lib/brokers/kafka/recipe.ts'
import { recipe as redis } from '#lib/brokers/redis/recipe.ts'
import { choosePort } from '#lib/launcher/ports.ts'
import { launch } from '#test/support/launching.ts'

test('a broker that is named wrongly is not replaced by another one: its variable is named, and others are tried', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-named-'))
  const port = await choosePort(0)
  const logged: string[] = []
  const log = { debug: (fields: object) => void logged.push(JSON.stringify(fields)) }
  const env = { REDIS_URL: 'redis://u:secret@h:0', KAFKA_BROKERS: `127.0.0.1:${port}` }
  const launcher = launch([redis, kafka], { folder, env, log })
  onTestFinished(async () => {
    await launcher.close()
    await rm(folder, { recursive: true, force: true })
  })
  const { reason, hints } = await launcher.failed('redis')
  expect(reason).toEqual({ code: 'misconfigured', text: 'REDIS_URL names no host, or port 0' })
  expect(hints).toEqual([expect.objectContaining({ command: 'REDIS_URL=redis://host:6379 npm start' })])
  expect((await launcher.failed('kafka')).reason.code).toBe('refused')
  expect(logged.join()).not.toContain('secret')
})
