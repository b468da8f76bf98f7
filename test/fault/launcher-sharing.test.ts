import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { recipe as redis } from '#lib/brokers/redis/recipe.ts'
import { choosePort } from '#lib/launcher/ports.ts'
import { startTimeOf } from '#lib/launcher/process-identity.mjs'
import { brokerFolder, launch, launchApart, processesOf, withFreePort } from '#test/support/launching.ts'
import { until } from '#test/support/until.ts'

const GONE_WITHIN_MS = 10_000
const TEST_TIMEOUT_MS = 180_000

let folder: string
let remove: () => Promise<void>
beforeEach(async () => {
  const made = await brokerFolder()
  folder = made.folder
  remove = made.remove
})
afterEach(async () => {
  await until('everything of this test to be gone', async () => (await processesOf(folder)).length === 0)
  await remove()
})

const stateOf = (system: string) =>
  JSON.parse(readFileSync(join(folder, system, 'state.json'), 'utf8')) as {
    supervisor: { pid: number }
    broker: { pid: number } | null
    extraPorts: number[]
    phase: string
  }
const gone = (what: string, condition: () => boolean | Promise<boolean>) =>
  until(what, condition, { timeoutMs: GONE_WITHIN_MS })

describe('brokers end with the last launcher that uses them', () => {
  test(
    'kill -9 of the only launcher ends all three and their helpers within 10 s',
    async () => {
      const ports = { rabbitmq: await choosePort(0), redis: await choosePort(0), kafka: await choosePort(0) }
      const launcher = launchApart(folder, ports)
      const systems = Object.keys(ports)
      const up = await Promise.all(systems.map(launcher.up))
      expect(up.map(({ endpoint }) => endpoint.origin)).toEqual(['child', 'child', 'child'])
      const [, , epmdPort = 0] = stateOf('rabbitmq').extraPorts
      await launcher.kill9()
      await gone('brokers and supervisors to be gone', async () => (await processesOf(folder)).length === 0)
      await gone("RabbitMQ's epmd to be gone", async () => {
        const probe = redis.probe(`redis://127.0.0.1:${epmdPort}`, 500)
        return probe.then(
          () => false,
          (error: { reason: { code: string } }) => error.reason.code === 'refused',
        )
      })
    },
    TEST_TIMEOUT_MS,
  )

  test('two launchers that start at the same instant share one broker; the last one out ends it', async () => {
    const ports = { redis: await choosePort(0) }
    const [one, two] = [launchApart(folder, ports), launchApart(folder, ports)]
    const [first, second] = await Promise.all([one.up('redis'), two.up('redis')])
    expect(first.endpoint.url).toBe(second.endpoint.url)
    const { broker } = stateOf('redis')
    const pid = broker?.pid ?? 0
    await one.kill9()
    await until('the killed one to be forgotten', async () => {
      const { readdir } = await import('node:fs/promises')
      return (await readdir(join(folder, 'redis', 'users'))).length === 1
    })
    expect(startTimeOf(pid)).not.toBeNull()
    expect(await redis.probe(second.endpoint.url, 2_000)).toHaveProperty('version')
    await two.close()
    expect(startTimeOf(pid)).toBeNull()
  })

  test('a polite close resolves once the broker is gone, and can be asked twice', async () => {
    const recipe = await withFreePort(redis)
    const one = launch([recipe], { folder })
    await one.up('redis')
    await Promise.all([one.close(), one.close()])
    expect(await processesOf(folder)).toEqual([])
    expect(stateOf('redis').phase).toBe('stopped')
  })

  test('closing in the middle of a start leaves nothing behind', async () => {
    const recipe = await withFreePort(redis)
    const one = launch([recipe], { folder })
    await until('it to begin', () => one.said('redis').includes('127.0.0.1'))
    await one.close()
    expect(await processesOf(folder)).toEqual([])
  })

  test('with keep it outlives its launcher, is found again, and ends once nobody keeps it', async () => {
    const recipe = await withFreePort(redis)
    const keeping = launch([recipe], { folder, keep: true })
    const { endpoint } = await keeping.up('redis')
    await keeping.close()
    expect(await redis.probe(endpoint.url, 2_000)).toHaveProperty('version')
    const finding = launch([recipe], { folder })
    expect((await finding.up('redis')).endpoint.url).toBe(endpoint.url)
    const { rm } = await import('node:fs/promises')
    await rm(join(folder, 'redis', 'users', 'keep'))
    await finding.close()
    expect(await processesOf(folder)).toEqual([])
  })

  test('a broker whose folder is removed ends too', async () => {
    const recipe = await withFreePort(redis)
    const one = launch([recipe], { folder })
    await one.up('redis')
    const { pid } = stateOf('redis').supervisor
    await remove()
    await gone('its supervisor to be gone', () => startTimeOf(pid) === null)
    await one.close()
  })
})
