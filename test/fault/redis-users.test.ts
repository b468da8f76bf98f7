import { readFile } from 'node:fs/promises'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Driver } from '#lib/brokers/contract.ts'
import { createDriver } from '#lib/brokers/redis/driver.ts'
import { fromEnvironment } from '#lib/brokers/redis/environment.ts'
import { recipe } from '#lib/brokers/redis/recipe.ts'
import { choosePort } from '#lib/launcher/ports.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'
import {
  attachRecorder,
  draftOf,
  quietLog,
  type Recorder,
  upWithin,
} from '#test/contract/support/contract-bench.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { type Certificates, createCertificates } from '#test/support/certificates.ts'
import { type OwnBroker, startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'
import { survivesFaultsOnItsLine } from './support/proxied-line.ts'

/** Non-ASCII, and percent signs that encode nothing. */
const PASSWORD = 'pä%ss 50%'

let certificates: Certificates
let broker: OwnBroker
let tlsPort: number
let asker: Redis
const drivers: Driver[] = []

beforeAll(async () => {
  certificates = await createCertificates()
  tlsPort = await choosePort(0)
  const { certificate, key, ca } = certificates
  const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', ca]
  const tls = ['--tls-port', String(tlsPort), ...files, '--tls-auth-clients', 'no']
  const more = [...tls, '--bind', '127.0.0.1', '::1']
  broker = await startOwnBroker('redis', (plan) => ({ ...plan, args: [...plan.args, ...more] }))
  asker = new Redis(broker.url)
})
afterAll(async () => {
  asker?.disconnect()
  await broker?.close()
  await certificates?.close()
})
afterEach(async () => {
  await Promise.all(drivers.splice(0).map((driver) => driver.close()))
})

function open(env: Record<string, string>): Driver {
  const named = fromEnvironment(env)
  if (!named) return expect.unreachable('the environment names no broker')
  const driver = createDriver({ ...named, clientName: uniqueName('users'), log: quietLog })
  drivers.push(driver)
  driver.open()
  return driver
}

/** A driver for a user that may run everything but what `rules` take away. */
async function openAs(...rules: string[]): Promise<Driver> {
  const user = uniqueName('user')
  await asker.call('ACL', 'SETUSER', user, 'on', `>${PASSWORD}`, '~*', '&*', '+@all', ...rules)
  const driver = open({ REDIS_URL: `redis://${user}:${PASSWORD}@127.0.0.1:${broker.port}` })
  await upWithin(driver)
  return driver
}

const CELLS: ReadonlyArray<readonly [what: string, mode: Mode, settings: Settings]> = [
  ['a stream of a queue', 'queue', { kind: 'stream' }],
  ['a list', 'queue', { kind: 'list' }],
  ['a channel', 'fanout', {}],
  ['a log', 'log', {}],
]

/** Declares, attaches, sends, and lets the consumer leave; returns the note. */
async function passesAMessage(driver: Driver, mode: Mode, settings: Settings): Promise<string | undefined> {
  const address = uniqueName('cell')
  const { note } = await driver.declare({ address, mode, settings, owned: true })
  const recorder: Recorder = await attachRecorder(driver, { name: 'one', address, mode, settings: {} })
  const sent = { text: 'hello', messageId: 'hello' }
  expect(await driver.publish(address, draftOf(sent))).toMatchObject({ outcome: 'published' })
  await until('the message', () => recorder.texts().includes('hello'))
  await driver.facts(address)
  await recorder.consumer.leave()
  await driver.remove(address)
  return note
}

it('Redis is reached at an IPv6 address', async () => {
  const driver = open({ REDIS_URL: `redis://[::1]:${broker.port}` })
  await upWithin(driver)
  await passesAMessage(driver, 'fanout', {})
})

describe('the database that REDIS_URL names', () => {
  it('is where everything is kept', async () => {
    const driver = open({ REDIS_URL: `redis://127.0.0.1:${broker.port}/3` })
    await upWithin(driver)
    const address = uniqueName('third')
    await driver.declare({ address, mode: 'queue', settings: { kind: 'list' }, owned: true })
    await driver.publish(address, draftOf({ text: 'kept', messageId: 'kept' }))
    const third = asker.duplicate({ db: 3 })
    expect([await third.llen(address), await asker.llen(address)]).toEqual([1, 0])
    third.disconnect()
    await driver.remove(address)
  })

  it('that does not exist, or that the user may not select, is named: the first one is never used instead', async () => {
    const missing = open({ REDIS_URL: `redis://127.0.0.1:${broker.port}/99` })
    const why = await until('a reason', () => missing.status.status === 'down' && missing.status.reason)
    expect(why.text).toContain('DB index is out of range')
    const user = uniqueName('user')
    await asker.call('ACL', 'SETUSER', user, 'on', '>p', '~*', '&*', '+@all', '-select')
    const barred = open({ REDIS_URL: `redis://${user}:p@127.0.0.1:${broker.port}/3` })
    const reason = await until('a reason', () => barred.status.status === 'down' && barred.status.reason)
    expect(reason).toMatchObject({ code: 'authentication', text: expect.stringContaining('select') })
  })
})

describe('Redis over TLS', () => {
  it('is reached by rediss:// and a CA file', async () => {
    const driver = open({ REDIS_URL: `rediss://127.0.0.1:${tlsPort}`, REDIS_CA_FILE: certificates.ca })
    await upWithin(driver)
    await passesAMessage(driver, 'fanout', {})
  })

  it('also a consumer behind a proxy, whose line is slowed, frozen and cut', async () => {
    const driver = open({ REDIS_URL: `rediss://127.0.0.1:${tlsPort}`, REDIS_CA_FILE: certificates.ca })
    await survivesFaultsOnItsLine(driver, { mode: 'fanout', settings: {} })
  }, 60_000)

  it('without its CA is not trusted, and a probe says so too', async () => {
    const url = `rediss://127.0.0.1:${tlsPort}`
    const driver = open({ REDIS_URL: url })
    const reason = await until('a reason', () => driver.status.status === 'down' && driver.status.reason)
    expect(reason.code).toBe('certificate')
    await expect(recipe.probe(url, 3_000)).rejects.toMatchObject({ reason: { code: 'certificate' } })
    const ca = await readFile(certificates.ca, 'utf8')
    expect(await recipe.probe(url, 3_000, { tls: { ca } })).toHaveProperty('version')
  })

  it('with a certificate that is out of date, or for another host, is not trusted', async () => {
    const ca = await readFile(certificates.ca, 'utf8')
    for (const [certificate, words] of [
      [certificates.expired, 'expired'],
      [certificates.elsewhere, "does not match certificate's altnames"],
    ] as const) {
      await asker.config('SET', 'tls-cert-file', certificate)
      const url = `rediss://127.0.0.1:${tlsPort}`
      const reason = { code: 'certificate', text: expect.stringContaining(words) }
      await expect(recipe.probe(url, 3_000, { tls: { ca } })).rejects.toMatchObject({ reason })
      const driver = open({ REDIS_URL: url, REDIS_CA_FILE: certificates.ca })
      expect(
        await until('a reason', () => driver.status.status === 'down' && driver.status.reason),
      ).toMatchObject(reason)
    }
    await asker.config('SET', 'tls-cert-file', certificates.certificate)
  })

  it('that was asked for at a port without it is named: such a Redis waits for the rest of a line', async () => {
    await expect(recipe.probe(`rediss://127.0.0.1:${broker.port}`, 1_000)).rejects.toMatchObject({
      reason: { text: expect.stringContaining('no answer to the greeting of TLS') },
    })
  })

  it('that was asked for without TLS is named', async () => {
    await expect(recipe.probe(`redis://127.0.0.1:${tlsPort}`, 3_000)).rejects.toMatchObject({
      reason: { code: 'wrong-protocol', text: expect.stringContaining('speaks TLS') },
    })
  })
})

describe('a Redis user whose password has percent signs and other than ASCII characters', () => {
  it.each(CELLS)('may do everything on %s, and there is nothing to note', async (_, mode, settings) => {
    const driver = await openAs()
    expect((await passesAMessage(driver, mode, settings)) ?? '').not.toContain('may not run')
  })
})

describe('a Redis user that may not ask everything: what needs that is named, the rest works', () => {
  it.each(CELLS)('without INFO, CLIENT and PUBSUB, on %s', async (_, mode, settings) => {
    const driver = await openAs('-info', '-client', '-pubsub', '-@dangerous')
    const note = await passesAMessage(driver, mode, settings)
    expect(note).toContain('may not run INFO')
    expect(note).toContain('a restart of Redis cannot be told from a lost connection')
  })

  it('its version is still known, from HELLO', async () => {
    const driver = await openAs('-info')
    expect(driver.status).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+\.\d+/) })
  })

  it('without PUBSUB and CLIENT LIST subscribers are not counted, and none counts as dropped', async () => {
    const driver = await openAs('-pubsub', '-client|list')
    const address = uniqueName('uncounted')
    const { note } = await driver.declare({ address, mode: 'fanout', settings: {}, owned: true })
    expect(note).toBe(
      'This Redis user may not run PUBSUB, CLIENT LIST: subscribers are not counted; what Redis holds for slow subscribers is not known, nor which workers of a list are gone.',
    )
    const recorder = await attachRecorder(driver, { name: 'one', address, mode: 'fanout', settings: {} })
    expect(await driver.facts(address)).toMatchObject({ subscribers: null, outside: null, patterns: null })
    expect(recorder.events.filter(({ type }) => type === 'gap')).toEqual([])
  })

  it('without CLIENT UNBLOCK a worker still takes a change of settings, and leaves', async () => {
    const driver = await openAs('-client|unblock')
    const address = uniqueName('blocked')
    await driver.declare({ address, mode: 'queue', settings: { kind: 'list' }, owned: true })
    const recorder = await attachRecorder(driver, { name: 'one', address, mode: 'queue', settings: {} })
    await recorder.consumer.update({ prefetch: 3 })
    await recorder.consumer.leave()
    await driver.publish(address, draftOf({ text: 'waits', messageId: 'waits' }))
    expect(await asker.llen(address)).toBe(1)
    await driver.remove(address)
  })

  it('without XADD a send is refused with the reason, and reading works', async () => {
    const driver = await openAs('-xadd')
    const address = uniqueName('readonly')
    await driver.declare({ address, mode: 'log', settings: {}, owned: true })
    const recorder = await attachRecorder(driver, { name: 'one', address, mode: 'log', settings: {} })
    expect(await driver.publish(address, draftOf({ text: 'no', messageId: 'no' }))).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/NOPERM.*xadd/),
    })
    await asker.xadd(address, '*', 'body', 'from outside')
    await until('it', () => recorder.texts().length === 1)
    await driver.remove(address)
  })

  it.each(CELLS)(
    'with other keys and channels than %s, which is refused with the reason',
    async (_, mode, settings) => {
      const driver = await openAs('resetkeys', '~app:*', 'resetchannels', '&app:*')
      const address = uniqueName('other')
      const declared = driver.declare({ address, mode, settings, owned: true })
      const said = await declared.then(
        () => driver.publish(address, draftOf({ text: 'no', messageId: 'no' })),
        (error: Error) => ({ outcome: 'refused', reason: error.message }),
      )
      expect(said).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('NOPERM') })
    },
  )

  it('without PING it subscribes all the same: a refusal is an answer too', async () => {
    const driver = await openAs('-ping')
    await passesAMessage(driver, 'fanout', {})
  })
})
