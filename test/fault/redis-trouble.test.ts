import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import type { Driver, DriverStatus } from '#lib/brokers/contract.ts'
import { createDriver } from '#lib/brokers/redis/driver.ts'
import { choosePort } from '#lib/launcher/ports.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { attachRecorder, draftOf, quietLog, upWithin } from '#test/contract/support/contract-bench.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { type OwnBroker, startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'

const undo: Array<() => unknown> = []
afterEach(async () => {
  for (let step = undo.pop(); step; step = undo.pop()) await step()
})

async function startRedis(...args: string[]): Promise<{ broker: OwnBroker; asker: Redis }> {
  const broker = await startOwnBroker('redis', (plan) => ({ ...plan, args: [...plan.args, ...args] }))
  undo.push(() => broker.close())
  const asker = new Redis(broker.url, { retryStrategy: () => 50 })
  asker.on('error', () => undefined)
  undo.push(() => asker.disconnect())
  return { broker, asker }
}

function open(url: string): { driver: Driver; statuses: DriverStatus[] } {
  const driver = createDriver({ url, clientName: uniqueName('trouble'), log: quietLog })
  const statuses: DriverStatus[] = []
  driver.onStatus((status) => void statuses.push(status))
  undo.push(() => driver.close())
  driver.open()
  return { driver, statuses }
}

async function declared(driver: Driver, mode: Mode, settings: Settings = {}) {
  const address = uniqueName('trouble')
  return { address, ...(await driver.declare({ address, mode, settings, owned: true })) }
}

const send = (driver: Driver, address: string, text = 'x'.repeat(1_000)) =>
  driver.publish(address, draftOf({ text, messageId: uniqueName('m') }))

describe('what Redis refuses is named, in its own words, and nothing waits for it in vain', () => {
  it('MISCONF, a failing snapshot: writes are refused, while publish/subscribe goes on', async () => {
    const { broker, asker } = await startRedis('--enable-protected-configs', 'yes')
    const { driver } = open(broker.url)
    await upWithin(driver)
    const stream = await declared(driver, 'log')
    const channel = await declared(driver, 'fanout')
    const gone = await mkdtemp(join(tmpdir(), 'switchboard-gone-'))
    await asker.config('SET', 'dir', gone)
    await rm(gone, { recursive: true })
    await asker.config('SET', 'save', '3600 1')
    await asker.bgsave()
    await until('the snapshot to have failed', async () =>
      (await asker.info('persistence')).includes('rdb_last_bgsave_status:err'),
    )
    expect(await send(driver, stream.address)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('MISCONF'),
    })
    const spec = { name: 'one', address: channel.address, mode: 'fanout', settings: {} } as const
    const recorder = await attachRecorder(driver, spec)
    expect(await send(driver, channel.address, 'heard')).toMatchObject({ outcome: 'published' })
    await until('it', () => recorder.texts().includes('heard'))
    await expect(declared(driver, 'queue', { kind: 'stream' })).rejects.toMatchObject({
      code: 'broker-refused',
      detail: { reason: expect.stringContaining('MISCONF') },
    })
  })

  it('OOM, no memory left: a send is refused with the reason', async () => {
    const { broker, asker } = await startRedis('--maxmemory-policy', 'noeviction')
    const { driver } = open(broker.url)
    await upWithin(driver)
    const { address } = await declared(driver, 'log')
    await asker.config('SET', 'maxmemory', '1')
    expect(await send(driver, address)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('OOM'),
    })
  })

  it('LOADING: the broker is starting, says so, and is up once it has read its data', async () => {
    // It serves its clients after each kilobyte that it reads.
    const slowly = ['--key-load-delay', '10000', '--loading-process-events-interval-bytes', '1024']
    const { broker, asker } = await startRedis(...slowly, '--rdbcompression', 'no')
    const pipeline = asker.pipeline()
    for (let index = 0; index < 300; index += 1) pipeline.set(`key ${index}`, 'x'.repeat(1_000))
    await pipeline.exec()
    await asker.call('BGREWRITEAOF')
    await until('the data to be in one file', async () =>
      /aof_rewrite_in_progress:0\s+aof_rewrite_scheduled:0/.test(await asker.info('persistence')),
    )
    await broker.stop()
    const { driver, statuses } = open(broker.url)
    await Promise.all([broker.start(), until('up', () => driver.status.status === 'up')])
    const reasons = statuses.flatMap((status) => ('reason' in status ? [status.reason] : []))
    expect(reasons).toContainEqual({ code: 'starting', text: expect.stringContaining('LOADING') })
  })
})

describe('a Redis that is one of several says so when something is declared', () => {
  it('a replica: streams and lists are refused, a channel works and has a note', async () => {
    const primary = await startRedis()
    const { broker, asker } = await startRedis()
    const { driver } = open(broker.url)
    await upWithin(driver)
    const before = await declared(driver, 'log')
    await asker.call('REPLICAOF', '127.0.0.1', String(primary.broker.port))
    expect(await send(driver, before.address)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('READONLY'),
    })
    for (const [mode, settings] of [
      ['log', {}],
      ['queue', { kind: 'stream' }],
      ['queue', { kind: 'list' }],
    ] as const) {
      await expect(declared(driver, mode, settings)).rejects.toMatchObject({
        code: 'broker-refused',
        detail: { reason: expect.stringContaining('is a replica, which takes no writes') },
      })
    }
    expect((await declared(driver, 'fanout')).note).toContain('This Redis is a replica')
    await asker.call('REPLICAOF', 'NO', 'ONE')
    expect((await declared(driver, 'log')).note).toBeUndefined()
  })

  it('a node of a cluster: streams and lists are refused, a channel works and has a note', async () => {
    const busPort = String(await choosePort(0))
    const { broker } = await startRedis('--cluster-enabled', 'yes', '--cluster-port', busPort)
    const { driver } = open(broker.url)
    await upWithin(driver)
    await expect(declared(driver, 'queue', { kind: 'stream' })).rejects.toMatchObject({
      code: 'broker-refused',
      detail: { reason: expect.stringContaining('is a node of a cluster') },
    })
    const { address, note } = await declared(driver, 'fanout')
    expect(note).toContain('This Redis is a node of a cluster')
    const recorder = await attachRecorder(driver, { name: 'one', address, mode: 'fanout', settings: {} })
    await send(driver, address, 'heard')
    await until('it', () => recorder.texts().includes('heard'))
  })
})
