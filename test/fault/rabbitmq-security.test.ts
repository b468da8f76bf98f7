import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Driver } from '#lib/brokers/contract.ts'
import { createDriver } from '#lib/brokers/rabbitmq/driver.ts'
import { fromEnvironment } from '#lib/brokers/rabbitmq/environment.ts'
import { recipe } from '#lib/brokers/rabbitmq/recipe.ts'
import type { LaunchPlan } from '#lib/brokers/recipe.ts'
import { choosePort } from '#lib/launcher/ports.ts'
import { attachRecorder, draftOf, quietLog, upWithin } from '#test/contract/support/contract-bench.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { type Certificates, createCertificates } from '#test/support/certificates.ts'
import { type OwnBroker, startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'
import { survivesFaultsOnItsLine } from './support/proxied-line.ts'

const START_TIMEOUT_MS = 120_000
const USER = 'jörg'
/** Non-ASCII, and percent signs that encode nothing. */
const PASSWORD = 'pä%ss 50%'
const VHOST = 'büro/50% grün'

let certificates: Certificates
let broker: OwnBroker
let tlsPort: number
let managementPort: number
let v6Port: number

beforeAll(async () => {
  certificates = await createCertificates()
  tlsPort = await choosePort(0)
  managementPort = await choosePort(0)
  v6Port = await choosePort(0)
  const files = (prefix: string) => [
    `${prefix}.cacertfile = ${certificates.ca}`,
    `${prefix}.certfile = ${certificates.certificate}`,
    `${prefix}.keyfile = ${certificates.key}`,
  ]
  const more = [
    `listeners.tcp.2 = ::1:${v6Port}`,
    `listeners.ssl.1 = 127.0.0.1:${tlsPort}`,
    ...files('ssl_options'),
    'ssl_options.verify = verify_none',
    'ssl_options.fail_if_no_peer_cert = false',
    'management.ssl.ip = 127.0.0.1',
    `management.ssl.port = ${managementPort}`,
    ...files('management.ssl'),
  ]
  const withTls = (plan: LaunchPlan): LaunchPlan => ({
    ...plan,
    files: plan.files.map((file) =>
      file.path.endsWith('rabbitmq.conf')
        ? { ...file, content: `${file.content}${more.join('\n')}\n` }
        : file,
    ),
  })
  broker = await startOwnBroker('rabbitmq', withTls)
  await put(`/api/vhosts/${encodeURIComponent(VHOST)}`, {})
  await put(`/api/users/${encodeURIComponent(USER)}`, { password: PASSWORD, tags: 'management' })
  const all = { configure: '.*', write: '.*', read: '.*' }
  await put(`/api/permissions/${encodeURIComponent(VHOST)}/${encodeURIComponent(USER)}`, all)
}, START_TIMEOUT_MS)
afterAll(async () => {
  await broker?.close()
  await certificates?.close()
})

/** Changes something over the management API, as guest. */
async function put(path: string, body: object): Promise<void> {
  const { origin, username, password } = new URL(broker.managementUrl ?? '')
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const headers = { authorization, 'content-type': 'application/json' }
  const answer = await fetch(`${origin}${path}`, { method: 'PUT', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
}

function open(env: Record<string, string>): Driver {
  const named = fromEnvironment(env)
  if (!named) return expect.unreachable('the environment names no broker')
  const driver = createDriver({ ...named, clientName: uniqueName('secured'), log: quietLog })
  onTestFinished(() => driver.close())
  driver.open()
  return driver
}

/** Messages pass, and the facts hold what the management API alone knows. */
async function passesAMessage(driver: Driver): Promise<void> {
  await upWithin(driver)
  const address = uniqueName('secured')
  await driver.declare({ address, mode: 'queue', settings: {}, owned: true })
  const settings = { ackMode: 'manual' }
  const recorder = await attachRecorder(driver, { name: 'one', address, mode: 'queue', settings })
  await driver.publish(address, draftOf({ text: 'hello', messageId: 'one' }))
  await until('the message', () => recorder.texts().includes('hello'))
  await until('what is unacked', async () => {
    const facts = await driver.facts(address)
    return facts.mode === 'queue' && facts.unacked === 1
  })
  await recorder.consumer.leave()
  await driver.remove(address)
}

it('RabbitMQ is reached at an IPv6 address', async () => {
  const env = { RABBITMQ_URL: `amqp://[::1]:${v6Port}`, RABBITMQ_MANAGEMENT_URL: broker.managementUrl ?? '' }
  await passesAMessage(open(env))
})

describe('RabbitMQ over TLS', () => {
  it('is reached by amqps:// and a CA file, and so is its management API', async () => {
    const env = {
      RABBITMQ_URL: `amqps://127.0.0.1:${tlsPort}`,
      RABBITMQ_MANAGEMENT_URL: `https://127.0.0.1:${managementPort}`,
      RABBITMQ_CA_FILE: certificates.ca,
    }
    await passesAMessage(open(env))
  })

  it('also by a consumer behind a proxy, whose line is slowed, frozen and cut', async () => {
    const driver = open({ RABBITMQ_URL: `amqps://127.0.0.1:${tlsPort}`, RABBITMQ_CA_FILE: certificates.ca })
    await survivesFaultsOnItsLine(driver, { mode: 'queue', settings: {} })
  }, 60_000)

  it('without its CA is not trusted, and a probe says so too', async () => {
    const url = `amqps://127.0.0.1:${tlsPort}`
    const driver = open({ RABBITMQ_URL: url })
    const reason = await until('a reason', () => driver.status.status === 'down' && driver.status.reason)
    expect(reason.code).toBe('certificate')
    await expect(recipe.probe(url, 3_000)).rejects.toMatchObject({ reason: { code: 'certificate' } })
  })

  it('that was asked for without TLS is named, and the other way round', async () => {
    await expect(recipe.probe(`amqp://127.0.0.1:${tlsPort}`, 3_000)).rejects.toMatchObject({
      reason: { code: 'wrong-protocol', text: expect.stringContaining('speaks TLS') },
    })
    await expect(recipe.probe(`amqps://127.0.0.1:${broker.port}`, 3_000)).rejects.toMatchObject({
      reason: { code: 'wrong-protocol', text: expect.stringContaining('does not speak TLS') },
    })
  })
})

describe('a RabbitMQ user, password and virtual host with percent signs and other than ASCII characters', () => {
  it.each([
    ['as they are', (text: string) => text.replaceAll('/', '%2F')],
    ['encoded', encodeURIComponent],
  ])('written %s: a probe and a driver are let in, and the management API is, too', async (_, written) => {
    const login = `${written(USER)}:${written(PASSWORD)}`
    const url = `amqp://${login}@127.0.0.1:${broker.port}/${written(VHOST)}`
    const { port } = new URL(broker.managementUrl ?? '')
    const driver = open({ RABBITMQ_URL: url, RABBITMQ_MANAGEMENT_URL: `http://127.0.0.1:${port}` })
    expect(await recipe.probe(url, 3_000)).toHaveProperty('version')
    await passesAMessage(driver)
  })
})
