import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { recipe as redis } from '#lib/brokers/redis/recipe.ts'
import { stopKeptBrokers } from '#lib/launcher/bootstrap/stop.mjs'
import { choosePort } from '#lib/launcher/ports.ts'
import { startTimeOf } from '#lib/launcher/process-identity.mjs'
import type { BrokerFaults } from '#lib/protocol/faults.ts'
import { brokerFolder, launch, launchApart, processesOf, withFreePort } from '#test/support/launching.ts'
import { until } from '#test/support/until.ts'

const GONE_WITHIN_MS = 10_000

let folder: string
const disposers: Array<() => Promise<unknown>> = []
beforeEach(async () => {
  const made = await brokerFolder()
  folder = made.folder
  disposers.push(made.remove)
})
afterEach(async () => {
  for (const dispose of disposers.splice(0).reverse()) await dispose()
})

const brokerPid = () => {
  const state = JSON.parse(readFileSync(join(folder, 'redis', 'state.json'), 'utf8')) as {
    broker: { pid: number } | null
  }
  return state.broker?.pid ?? 0
}
const isStopped = (pid: number) =>
  execFileSync('ps', ['-o', 'stat=', '-p', `${pid}`])
    .toString()
    .startsWith('T')
const answers = (url: string) =>
  redis.probe(url, 500).then(
    () => true,
    () => false,
  )

async function launched() {
  const launcher = launch([await withFreePort(redis)], { folder })
  disposers.push(launcher.close)
  const faults: BrokerFaults[] = []
  launcher.launcher.onFaults((_, now) => faults.push(now))
  const { endpoint } = await launcher.up('redis')
  return { ...launcher, url: endpoint.url, faults, fault: launcher.launcher.fault }
}

describe('a broker that this launcher started', () => {
  test('is paused as it is, resumed, killed, and restarted on the same port with the same data', async () => {
    const { fault, url, faults } = await launched()
    expect(faults).toEqual([{ may: true }])
    const pid = brokerPid()
    await fault('redis', 'pause')
    expect([isStopped(pid), await answers(url)]).toEqual([true, false])
    await expect(fault('redis', 'restart')).rejects.toMatchObject({ code: 'wrong-state' })
    await fault('redis', 'resume')
    expect([await answers(url), brokerPid()]).toEqual([true, pid])
    await fault('redis', 'kill')
    await until('it to be gone', () => startTimeOf(pid) === null)
    expect(await answers(url)).toBe(false)
    await fault('redis', 'restart')
    await until('it to answer again', () => answers(url))
    expect(brokerPid()).not.toBe(pid)
    expect(faults.map(({ now }) => now)).toEqual([undefined, 'paused', undefined, 'killed', undefined])
  })

  test('ends with its launcher although it is paused, or killed', async () => {
    const paused = await launched()
    await paused.fault('redis', 'pause')
    await paused.close()
    expect(await processesOf(folder)).toEqual([])
    const killed = await launched()
    await killed.fault('redis', 'kill')
    await killed.close()
    expect(await processesOf(folder)).toEqual([])
  })

  test('ends with its launcher that was killed with SIGKILL while it was paused', async () => {
    const launcher = launchApart(folder, { redis: await choosePort(0) })
    await launcher.up('redis')
    launcher.fault('redis', 'pause')
    await until('it to be paused', () => isStopped(brokerPid()))
    await launcher.kill9()
    await until('all of it to be gone', async () => (await processesOf(folder)).length === 0, {
      timeoutMs: GONE_WITHIN_MS,
    })
  })

  test('that is kept goes on when the launcher that paused it is gone, and `npm run stop` ends it', async () => {
    const keeping = launch([await withFreePort(redis)], { folder, keep: true })
    const { endpoint } = await keeping.up('redis')
    await keeping.launcher.fault('redis', 'pause')
    await keeping.close()
    await until('it to answer', () => answers(endpoint.url))
    // What the command names is the folder above `.switchboard`.
    await rm(join(folder, 'redis', 'users', 'keep'))
    await until('it to end', async () => (await processesOf(folder)).length === 0, {
      timeoutMs: GONE_WITHIN_MS,
    })
    expect(await stopKeptBrokers(folder)).toBe(0)
  })

  test('cannot be paused or killed while another launcher uses it, and is resumed as soon as one begins to', async () => {
    const one = await launched()
    await one.fault('redis', 'pause')
    const pid = brokerPid()
    const two = launchApart(folder, { redis: 0 })
    disposers.push(two.close)
    await two.up('redis')
    expect([isStopped(pid), await answers(one.url)]).toEqual([false, true])
    await until('the first to know', () => one.faults.at(-1)?.reason === 'shared')
    await expect(one.fault('redis', 'kill')).rejects.toMatchObject({
      code: 'not-ours',
      detail: { reason: 'shared' },
    })
    await two.close()
    await until('it to be the first one’s again', () => one.faults.at(-1)?.may === true)
  })
})

test('a broker that the environment names, or that was found running, is refused with the reason', async () => {
  const own = await launched()
  const other = await brokerFolder()
  disposers.push(other.remove)
  const named = launch([redis], { folder: other.folder, env: { REDIS_URL: own.url } })
  disposers.push(named.close)
  await named.up('redis')
  await expect(named.launcher.fault('redis', 'pause')).rejects.toMatchObject({
    code: 'not-ours',
    detail: { reason: 'environment' },
  })
  const found = launch([{ ...redis, defaultPort: Number(new URL(own.url).port) }], {
    folder: join(other.folder, 'found'),
  })
  disposers.push(found.close)
  await found.up('redis')
  await expect(found.launcher.fault('redis', 'pause')).rejects.toMatchObject({
    code: 'not-ours',
    detail: { reason: 'listening' },
  })
})
