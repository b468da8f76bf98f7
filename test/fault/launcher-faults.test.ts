import { existsSync, readFileSync } from 'node:fs'
import { appendFile, readdir, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { recipe as kafka } from '#lib/brokers/kafka/recipe.ts'
import type { Recipe } from '#lib/brokers/recipe.ts'
import { recipe as redis } from '#lib/brokers/redis/recipe.ts'
import { brokerFolder, launch, processesOf, withFreePort } from '#test/support/launching.ts'
import { startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'

const TEST_TIMEOUT_MS = 180_000

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

/** Launches and sees to its end. */
function launched(...args: Parameters<typeof launch>) {
  const launcher = launch(...args)
  disposers.push(launcher.close)
  return launcher
}

/** The same broker as a system of another name, for what is done to only one of two. */
const named = (recipe: Recipe, system: string): Recipe => ({ ...recipe, system })

const supervisorState = (system: string) =>
  JSON.parse(readFileSync(join(folder, system, 'state.json'), 'utf8')) as {
    supervisor: { pid: number }
    broker: { pid: number } | null
    phase: string
    restarts: number
  }

describe('a port that something else holds', () => {
  test('is reported in a clear line, and a free port is used instead', async () => {
    const recipe = await withFreePort(redis)
    const stranger = net.createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    })
    await new Promise<void>((done) => stranger.listen(recipe.defaultPort, '127.0.0.1', done))
    disposers.push(() => new Promise((done) => stranger.close(done)))
    const launcher = launched([recipe], { folder })
    const { endpoint } = await launcher.up('redis')
    expect(launcher.said('redis')).toContain(`port ${recipe.defaultPort} is taken by something else`)
    expect(endpoint.address).not.toBe(`127.0.0.1:${recipe.defaultPort}`)
    expect(await redis.probe(endpoint.url, 2_000)).toHaveProperty('version')
    expect(stranger.listening).toBe(true)
  })
})

describe('a broker that dies at its start', () => {
  test('gives one report with its own last words and what to do; the others come up', async () => {
    const good = await withFreePort(redis)
    const bad = {
      ...named(await withFreePort(redis), 'broken'),
      plan: async (...args: Parameters<Recipe['plan']>) => {
        const plan = await redis.plan(...args)
        return { ...plan, args: [...plan.args, '--maxmemory', 'plenty'] }
      },
    }
    const launcher = launched([bad, good], { folder })
    const { reason, hints } = await launcher.failed('broken')
    expect(reason.code).toBe('start-failed')
    expect(reason.text).toMatch(/ended with exit code 1: .*must be a memory value/)
    expect(hints[0]?.command).toContain(join(folder, 'broken', 'broker.log'))
    expect(hints.map(({ command }) => command)).toContain('brew install redis')
    await launcher.up('redis')
    expect(launcher.reports.filter(({ phase }) => phase === 'failed')).toHaveLength(1)
    await until(
      'its supervisor to be gone',
      async () => (await processesOf(join(folder, 'broken'))).length === 0,
    )
  })

  test('comes up when it is asked for again and the cause is gone', async () => {
    const recipe = await withFreePort(redis)
    let harmed = true
    const healing = {
      ...recipe,
      plan: async (...args: Parameters<Recipe['plan']>) => {
        const plan = await redis.plan(...args)
        return harmed ? { ...plan, command: '/nowhere/redis-server' } : plan
      },
    }
    const launcher = launched([healing], { folder })
    expect((await launcher.failed('redis')).reason.text).toContain('/nowhere/redis-server cannot be run')
    harmed = false
    launcher.launcher.retry('redis')
    await launcher.up('redis')
  })
})

describe('a program that is not there', () => {
  test('is reported with every way to get it, and is not installed when the user forbids it', async () => {
    // An engine that nobody runs: containers are no way out on any machine.
    const docker = process.env.DOCKER_HOST
    process.env.DOCKER_HOST = 'tcp://127.0.0.1:1'
    disposers.push(async () => {
      if (docker === undefined) delete process.env.DOCKER_HOST
      else process.env.DOCKER_HOST = docker
    })
    const absent = { ...(await withFreePort(redis)), findProgram: async () => null }
    const launcher = launched([absent], { folder, allowInstall: false })
    const { reason, hints } = await launcher.failed('redis')
    expect(reason.text).toMatch(/not installed.*--no-install/)
    expect(hints.map(({ command }) => command)).toEqual(
      expect.arrayContaining(['sudo apt-get install redis-server', 'docker compose up -d redis']),
    )
  })
})

describe('a container engine', () => {
  /** What docker would be asked, answered by a script; the broker in its "container" is a real one. */
  const DOCKER = `#!/bin/sh
echo "$@" >> "$(dirname "$0")/asked"
case "$*" in
  info) exit 0 ;;
  "compose version") exit 0 ;;
  *" up "*redis) exec redis-server --port "$REDIS_PORT" --bind 127.0.0.1 --save "" ;;
esac
`
  test('runs the service where the program is missing, on a port of ours, and ends it with us', async () => {
    const path = process.env.PATH
    disposers.push(async () => {
      process.env.PATH = path
    })
    process.env.PATH = `${folder}:${path}`
    await writeFile(join(folder, 'docker'), DOCKER, { mode: 0o755 })
    const absent = { ...(await withFreePort(redis)), findProgram: async () => null, install: [] }
    const launcher = launched([absent], { folder })
    const { endpoint } = await launcher.up('redis')
    expect(endpoint).toMatchObject({ origin: 'compose', address: `127.0.0.1:${absent.defaultPort}` })
    await launcher.close()
    const asked = readFileSync(join(folder, 'asked'), 'utf8')
    expect(asked).toMatch(/compose -f \S+docker-compose\.yml .* up .*redis/)
    expect(asked).toMatch(/compose .* stop -t \d+ redis/)
    await expect(redis.probe(endpoint.url, 1_000)).rejects.toThrow('nothing listens')
  })
})

describe('data that the broker cannot use', () => {
  test('of Redis is moved aside, reported, and not deleted', async () => {
    const recipe = await withFreePort(redis)
    const first = launch([recipe], { folder })
    await first.up('redis')
    await first.close()
    const data = join(folder, 'redis', 'data', 'appendonlydir')
    for (const name of await readdir(data)) await writeFile(join(data, name), 'not what Redis wrote\n')
    const second = launched([recipe], { folder })
    await second.up('redis')
    expect(second.said('redis')).toMatch(/could not use its data .* moved to .*data\.stale-.* starting anew/)
    const aside = (await readdir(join(folder, 'redis'))).filter((name) => name.startsWith('data.stale-'))
    expect(aside).toHaveLength(1)
    expect(existsSync(join(folder, 'redis', aside[0] ?? '', 'appendonlydir'))).toBe(true)
  })

  test(
    'of Kafka (another cluster, or a format that was cut off) is moved aside and said',
    async () => {
      const recipe = await withFreePort(kafka)
      const first = launch([recipe], { folder })
      await first.up('kafka')
      await first.close()
      const properties = join(folder, 'kafka', 'data', 'meta.properties')
      await writeFile(properties, readFileSync(properties, 'utf8').replace(/node\.id=\d+/, 'node.id=77'))
      const second = launch([recipe], { folder })
      await second.up('kafka')
      expect(second.said('kafka')).toMatch(/could not use its data .* starting anew/)
      await second.close()
      const { rm } = await import('node:fs/promises')
      await rm(join(folder, 'kafka', 'prepared'))
      const third = launched([recipe], { folder })
      await third.up('kafka')
      expect(third.said('kafka')).toContain('half prepared')
    },
    TEST_TIMEOUT_MS,
  )
})

describe('a broker that dies later', () => {
  test('is started again on the same port with its data', async () => {
    const launcher = launched([await withFreePort(redis)], { folder })
    const { endpoint } = await launcher.up('redis')
    const before = supervisorState('redis')
    process.kill(before.broker?.pid ?? 0, 'SIGKILL')
    await until(
      'it to run again',
      () => supervisorState('redis').restarts === 1 && supervisorState('redis').broker,
    )
    await until('it to answer', () => redis.probe(endpoint.url, 1_000).catch(() => undefined))
    expect(supervisorState('redis').broker?.pid).not.toBe(before.broker?.pid)
  })

  test('again and again is given up, with its last words', async () => {
    const launcher = launched([await withFreePort(redis)], { folder })
    await launcher.up('redis')
    // From now on it cannot start: its append-only file is of another program.
    const data = join(folder, 'redis', 'data', 'appendonlydir')
    const manifest = (await readdir(data)).find((name) => name.endsWith('.manifest')) ?? ''
    await appendFile(join(data, manifest), 'what is this\n')
    process.kill(supervisorState('redis').broker?.pid ?? 0, 'SIGKILL')
    const { reason } = await launcher.failed('redis')
    expect(reason.text).toMatch(/it kept dying .*manifest/i)
    await until('its supervisor to be gone', async () => (await processesOf(folder)).length === 0)
  })

  test('together with its supervisor is ended and replaced', async () => {
    const launcher = launched([await withFreePort(redis)], { folder })
    await launcher.up('redis')
    const before = supervisorState('redis')
    process.kill(before.supervisor.pid, 'SIGKILL')
    await until('a new supervisor', () => supervisorState('redis').supervisor.pid !== before.supervisor.pid)
    await launcher.up('redis')
    await until('the old broker to be gone', async () => {
      const pids = await processesOf(folder)
      return !pids.includes(before.broker?.pid ?? 0)
    })
  })
})

describe('a URL in the environment', () => {
  test('that does not answer is probed until it does, and the reason is reported once', async () => {
    const own = await startOwnBroker('redis')
    disposers.push(own.close)
    await own.kill9()
    const launcher = launched([redis], { folder, env: { REDIS_URL: own.url } })
    const { reason, hints } = await launcher.failed('redis')
    expect(reason).toMatchObject({ code: 'refused', text: `nothing listens on 127.0.0.1:${own.port}` })
    expect(hints[0]?.command).toBe('unset REDIS_URL')
    await own.start()
    const { endpoint } = await launcher.up('redis')
    expect(endpoint).toMatchObject({ url: own.url, origin: 'environment' })
    expect(launcher.reports.filter(({ phase }) => phase === 'failed')).toHaveLength(1)
    expect(existsSync(join(folder, 'redis'))).toBe(false)
  })
})

describe('a broker that runs already', () => {
  test('is used where it answers on the usual port, and is never ended', async () => {
    const own = await startOwnBroker('redis')
    disposers.push(own.close)
    const launcher = launched([{ ...redis, defaultPort: own.port }], { folder })
    expect((await launcher.up('redis')).endpoint).toMatchObject({ url: own.url, origin: 'listening' })
    await launcher.close()
    expect(await redis.probe(own.url, 2_000)).toHaveProperty('version')
  })

  test('is not mistaken for one by a port that is free', async () => {
    const recipe = await withFreePort(redis)
    const launcher = launched([recipe], { folder })
    const address = `127.0.0.1:${recipe.defaultPort}`
    expect((await launcher.up('redis')).endpoint).toMatchObject({ address, origin: 'child' })
  })
})
