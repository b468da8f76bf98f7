import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { jarsAreWhole, planKafka } from '#lib/brokers/kafka/recipe.ts'
import { recipe as rabbitmq } from '#lib/brokers/rabbitmq/recipe.ts'
import { recipe as redis } from '#lib/brokers/redis/recipe.ts'
import { choosePort, isPortFree } from '#lib/launcher/ports.ts'
import { folderListing } from '#lib/util/folder-listing.ts'

const place = { folder: '/data/here', port: 21001, extraPorts: [21002, 21003, 21004] }
const rabbitmqOf = (version: string) =>
  rabbitmq.plan({ path: '/opt/rabbit/sbin/rabbitmq-server', extras: { version } }, place)
const configOf = async (version: string) =>
  (await rabbitmqOf(version)).files.find(({ path }) => path.endsWith('rabbitmq.conf'))?.content ?? ''

describe('a plan', () => {
  test('has each broker listen on this machine only', async () => {
    const redisPlan = await redis.plan({ path: 'redis-server', extras: {} }, place)
    expect(redisPlan.args.join(' ')).toContain('--bind 127.0.0.1')
    const config = await configOf('3.10.8')
    expect(config).toContain('listeners.tcp.1 = 127.0.0.1:21001')
    expect(config).toContain('management.tcp.ip = 127.0.0.1')
    const rabbit = await rabbitmqOf('3.10.8')
    expect(rabbit.env.ERL_EPMD_ADDRESS).toBe('127.0.0.1')
    expect(rabbit.env.RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS).toContain('inet_dist_use_interface {127,0,0,1}')
    const kafka = await planKafka({ path: 'java', extras: { libs: '/libs' } }, place)
    const properties = kafka.files.find(({ path }) => path.endsWith('server.properties'))?.content ?? ''
    const hosts = [...properties.matchAll(/(?:PLAINTEXT|CONTROLLER):\/\/([\d.]*):/g)].map((match) => match[1])
    expect(new Set(hosts)).toEqual(new Set(['127.0.0.1']))
  })

  test('has RabbitMQ count fresh enough to look at, quorum queues as well', async () => {
    const { files, env } = await rabbitmqOf('3.10.8')
    expect(await configOf('3.10.8')).toContain('collect_statistics_interval = 1000')
    const advanced = files.find(({ path }) => path === env.RABBITMQ_ADVANCED_CONFIG_FILE)
    expect(advanced?.content).toBe('[{rabbit, [{quorum_tick_interval, 1000}]}].\n')
  })

  test('keeps all of its files below its folder', async () => {
    const plans = [
      await rabbitmqOf('4.2.0'),
      await planKafka({ path: 'java', extras: { libs: '/libs' } }, place),
      await redis.plan({ path: 'redis-server', extras: {} }, place),
    ]
    for (const plan of plans) {
      for (const { path } of plan.files) expect(path.startsWith(place.folder)).toBe(true)
    }
    const folders = Object.entries((await rabbitmqOf('4.2.0')).env).filter(([name]) =>
      /BASE|FILE|HOME/.test(name),
    )
    for (const [name, path] of folders) expect(path, name).toMatch(/^\/data\/here\//)
  })

  test.each([
    ['3.10.8', false],
    ['3.12.14', false],
    ['3.13.0', true],
    ['4.0.5', true],
    ['4.3.1', true],
    ['unknown', false],
  ])(
    'permits transient shared queues on RabbitMQ %s only where it knows the key: %s',
    async (version, knows) => {
      expect((await configOf(version)).includes('deprecated_features')).toBe(knows)
    },
  )

  test('gives RabbitMQ an epmd of its own and ends that one', async () => {
    const plan = await rabbitmqOf('3.10.8')
    expect(plan.env.ERL_EPMD_PORT).toBe('21004')
    expect(plan.afterStop).toEqual([
      expect.objectContaining({ command: 'epmd', args: ['-port', '21004', '-kill'] }),
    ])
  })

  test('leaves every broker time to stop, and all of them gone within 10 s', async () => {
    const kafka = await planKafka({ path: 'java', extras: {} }, place)
    const plans = [
      await rabbitmqOf('3.10.8'),
      kafka,
      await redis.plan({ path: 'redis-server', extras: {} }, place),
    ]
    for (const { stopTimeoutMs } of plans) expect(stopTimeoutMs).toBeLessThanOrEqual(8_000)
  })
})

describe('the management address', () => {
  const own = { RABBITMQ_MANAGEMENT_URL: 'http://elsewhere:8080' }
  test("is the broker's host with its credentials, unless the environment names another", () => {
    const of = rabbitmq.addressesOf
    expect(of?.('amqp://me:secret@mq.example:5672', {})).toEqual({
      management: 'http://me:secret@mq.example:15672',
    })
    expect(of?.('amqp://me:secret@mq.example:5672', own)).toEqual({ management: 'http://elsewhere:8080' })
  })
  test('is the one we chose for a broker we start, whatever the environment says', () => {
    expect(rabbitmq.addressesOf?.('amqp://guest:guest@127.0.0.1:21001', own, [21002])).toEqual({
      management: 'http://guest:guest@127.0.0.1:21002',
    })
  })
})

describe('ports', () => {
  test('a taken one is not chosen, and none is chosen twice', async () => {
    const net = await import('node:net')
    const server = net.createServer()
    const taken = await choosePort(0)
    await new Promise<void>((done) => server.listen(taken, '127.0.0.1', done))
    expect(await isPortFree(taken)).toBe(false)
    const chosen = await Promise.all(Array.from({ length: 20 }, () => choosePort(taken)))
    expect(chosen).not.toContain(taken)
    expect(new Set(chosen).size).toBe(chosen.length)
    await new Promise((done) => server.close(done))
  })
})

describe("Kafka's download", () => {
  let folder: string
  const libs = () => join(folder, 'libs')
  const stamp = () => join(folder, 'libs.json')
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'switchboard-jars-'))
    const { mkdir } = await import('node:fs/promises')
    await mkdir(libs())
    await writeFile(join(libs(), 'kafka_2.13-4.4.0.jar'), 'x'.repeat(1000))
    await writeFile(join(libs(), 'log4j-slf4j-impl-2.25.5.jar'), 'x'.repeat(500))
    await writeFile(join(libs(), 'scala-library.jar'), 'x'.repeat(500))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('counts as whole only with the list of what was finished', async () => {
    expect(await jarsAreWhole(libs(), stamp())).toBe(false)
    await writeFile(stamp(), await folderListing(libs()))
    expect(await jarsAreWhole(libs(), stamp())).toBe(true)
  })

  test.each([
    ['a jar is cut off', () => truncate(join(libs(), 'scala-library.jar'), 100)],
    ['a jar is missing', () => rm(join(libs(), 'scala-library.jar'))],
    ['the list is cut off', () => truncate(stamp(), 10)],
    ['the folder is gone', () => rm(libs(), { recursive: true })],
  ])('is not whole when %s', async (_, harm) => {
    await writeFile(stamp(), await folderListing(libs()))
    await harm()
    expect(await jarsAreWhole(libs(), stamp())).toBe(false)
  })
})
