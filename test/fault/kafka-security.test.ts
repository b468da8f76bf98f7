import { connect, createServer } from 'node:net'
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Delivery, Driver } from '#lib/brokers/contract.ts'
import { createDriver } from '#lib/brokers/kafka/driver.ts'
import { fromEnvironment } from '#lib/brokers/kafka/environment.ts'
import type { LaunchPlan } from '#lib/brokers/recipe.ts'
import { choosePort } from '#lib/launcher/ports.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { type Certificates, createCertificates } from '#test/support/certificates.ts'
import { type OwnBroker, startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'
import { survivesFaultsOnItsLine } from './support/proxied-line.ts'

const quietLog = { debug() {}, info() {}, warn() {}, error() {} }
const START_TIMEOUT_MS = 120_000
const USER = 'ann'
/** Each mechanism has passwords of its own: Kafka reads PLAIN's from its settings, SCRAM's from its storage. */
const PLAIN_PASSWORD = 'pä%ss: 50%'
const SCRAM_PASSWORD = 'p%41ss#50%'

let certificates: Certificates
let broker: OwnBroker
/** What `KAFKA_BROKERS` says for each kind of listener. */
let at: Record<'plaintext' | 'tls' | 'sasl' | 'saslTls', string>
const drivers: Driver[] = []

/** Java's properties are Latin-1: other characters are escaped. */
const escaped = (text: string) =>
  text.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

const MODULES = 'org.apache.kafka.common.security'
const SCRAM = `${MODULES}.scram.ScramLoginModule required;`
const PLAIN = `${MODULES}.plain.PlainLoginModule required user_${USER}="${escaped(PLAIN_PASSWORD)}";`

function securedBy(ports: { tls: number; sasl: number; saslTls: number }, keystore: string) {
  const urls = `TLS://127.0.0.1:${ports.tls},LOGIN://127.0.0.1:${ports.sasl},BOTH://127.0.0.1:${ports.saslTls}`
  const more = [
    'inter.broker.listener.name=PLAINTEXT',
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users=User:ANONYMOUS',
    'allow.everyone.if.no.acl.found=true',
    ...['tls', 'both'].flatMap((name) => [
      `listener.name.${name}.ssl.keystore.type=PEM`,
      `listener.name.${name}.ssl.keystore.location=${keystore}`,
    ]),
    'listener.name.login.sasl.enabled.mechanisms=PLAIN',
    `listener.name.login.plain.sasl.jaas.config=${PLAIN}`,
    'listener.name.both.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    `listener.name.both.plain.sasl.jaas.config=${PLAIN}`,
    `listener.name.both.scram-sha-256.sasl.jaas.config=${SCRAM}`,
    `listener.name.both.scram-sha-512.sasl.jaas.config=${SCRAM}`,
  ]
  const inProperties = (content: string) =>
    content
      .replace(/^(listener\.security\.protocol\.map=.*)$/m, '$1,TLS:SSL,LOGIN:SASL_PLAINTEXT,BOTH:SASL_SSL')
      .replace(/^((?:advertised\.)?listeners=.*)$/gm, `$1,${urls}`)
      .concat(more.join('\n'), '\n')
  const users = ['256', '512'].flatMap((bits) => [
    '--add-scram',
    `SCRAM-SHA-${bits}=[name=${USER},password=${SCRAM_PASSWORD}]`,
  ])
  return (plan: LaunchPlan): LaunchPlan => ({
    ...plan,
    files: plan.files.map((file) =>
      file.path.endsWith('server.properties') ? { ...file, content: inProperties(file.content) } : file,
    ),
    prepare: plan.prepare.map((step) => ({ ...step, args: [...step.args, ...users] })),
  })
}

beforeAll(async () => {
  certificates = await createCertificates()
  const ports = { tls: await choosePort(0), sasl: await choosePort(0), saslTls: await choosePort(0) }
  broker = await startOwnBroker('kafka', securedBy(ports, certificates.keyAndCertificate))
  const local = (port: number) => `127.0.0.1:${port}`
  at = {
    plaintext: broker.url,
    tls: local(ports.tls),
    sasl: local(ports.sasl),
    saslTls: local(ports.saslTls),
  }
}, START_TIMEOUT_MS)
afterAll(async () => {
  await broker?.close()
  await certificates?.close()
})
afterEach(async () => {
  await Promise.all(drivers.splice(0).map((driver) => driver.close()))
})

/** A driver for the Kafka that the environment names. */
function open(env: Record<string, string>): Driver {
  const named = fromEnvironment(env)
  if (!named) return expect.unreachable('the environment names no broker')
  const driver = createDriver({ ...named, clientName: uniqueName('secured'), log: quietLog })
  drivers.push(driver)
  driver.open()
  return driver
}

const reasonOf = (env: Record<string, string>) => {
  const driver = open(env)
  return until('a reason', () => driver.status.status === 'down' && driver.status.reason)
}

/** Makes a topic, sends to it and reads from it. */
async function passesAMessage(driver: Driver): Promise<void> {
  await until('up', () => driver.status.status === 'up')
  const address = uniqueName('secured')
  await driver.declare({ address, mode: 'log', settings: {}, owned: true })
  const texts: string[] = []
  const spec = { name: 'reader', address, mode: 'log', group: address, settings: {} } as const
  await driver.attach(spec, (event) => {
    if (event.type === 'delivered') texts.push(Buffer.from((event as Delivery).body).toString())
  })
  const message = { messageId: 'one', body: Buffer.from('hello'), sentAt: Date.now() }
  expect(await driver.publish(address, message)).toMatchObject({ outcome: 'published' })
  await until('the message', () => texts.length === 1)
  expect(await driver.facts(address)).toMatchObject({ mode: 'log' })
  await driver.remove(address)
}

/** Takes something from the user, as somebody who may do everything. */
async function forbid(operation: AclOperationTypes, resourceType: AclResourceTypes, resourceName: string) {
  const admin = new Kafka({ brokers: [at.plaintext], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const isCluster = resourceType === AclResourceTypes.CLUSTER
  const resourcePatternType = isCluster ? ResourcePatternTypes.LITERAL : ResourcePatternTypes.PREFIXED
  const whom = { principal: `User:${USER}`, host: '*', permissionType: AclPermissionTypes.DENY }
  const what = { operation, resourceType, resourceName, resourcePatternType }
  const all = { principal: 'User:*', host: '*', permissionType: AclPermissionTypes.ALLOW }
  await admin.createAcls({
    acl: [
      { ...whom, ...what },
      { ...all, ...what, operation: AclOperationTypes.ALL },
    ],
  })
  await admin.disconnect()
}

const login = (mechanism: string, password: string) => ({
  KAFKA_SASL_MECHANISM: mechanism,
  KAFKA_SASL_USERNAME: USER,
  KAFKA_SASL_PASSWORD: password,
})

describe('Kafka as the environment says: messages pass', () => {
  it('over TLS with a CA file', async () => {
    await passesAMessage(open({ KAFKA_BROKERS: at.tls, KAFKA_CA_FILE: certificates.ca }))
  })

  it('with a login by PLAIN, whose password has percent signs and other than ASCII characters', async () => {
    await passesAMessage(open({ KAFKA_BROKERS: at.sasl, ...login('PLAIN', PLAIN_PASSWORD) }))
  })

  it.each(['scram-sha-256', 'SCRAM-SHA-512'])('over TLS with a login by %s', async (mechanism) => {
    const tls = { KAFKA_SSL: 'true', KAFKA_CA_FILE: certificates.ca }
    await passesAMessage(open({ KAFKA_BROKERS: at.saslTls, ...tls, ...login(mechanism, SCRAM_PASSWORD) }))
  })

  it('over TLS with a login also to a consumer behind a proxy, whose line is slowed, frozen and cut', async () => {
    const tls = { KAFKA_SSL: 'true', KAFKA_CA_FILE: certificates.ca }
    const driver = open({ KAFKA_BROKERS: at.saslTls, ...tls, ...login('PLAIN', PLAIN_PASSWORD) })
    await survivesFaultsOnItsLine(driver, { mode: 'log', group: uniqueName('line'), settings: {} })
  }, 60_000)

  it('by a list with spaces, the first of which does not answer', async () => {
    const list = ` 127.0.0.1:${await choosePort(0)} , ${at.plaintext} `
    await passesAMessage(open({ KAFKA_BROKERS: list }))
  })

  it('by an IPv6 address', async () => {
    const wire = createServer((socket) => {
      const onward = connect(broker.port, '127.0.0.1')
      socket.on('error', () => onward.destroy()).pipe(onward)
      onward.on('error', () => socket.destroy()).pipe(socket)
    })
    onTestFinished(() => void wire.close())
    const port = await choosePort(0)
    await new Promise<void>((resolve) => wire.listen(port, '::1', resolve))
    await passesAMessage(open({ KAFKA_BROKERS: `[::1]:${port}` }))
  })
})

describe('Kafka that cannot be reached as the environment says: the reason is named', () => {
  it('a login is wanted and not given', async () => {
    expect(await reasonOf({ KAFKA_BROKERS: at.sasl })).toMatchObject({
      code: 'authentication',
      text: expect.stringMatching(/asks for a login \(SASL: plain\): set KAFKA_SASL_MECHANISM/),
    })
    const overTls = { KAFKA_BROKERS: at.saslTls, KAFKA_CA_FILE: certificates.ca }
    expect(await reasonOf(overTls)).toMatchObject({
      code: 'authentication',
      text: expect.stringContaining('scram-sha-512'),
    })
  })

  it('a login is given and not wanted, or by a mechanism that is not accepted, or with a wrong password', async () => {
    const reasons = [
      [at.plaintext, login('plain', PLAIN_PASSWORD), 'asks for no login'],
      [at.sasl, login('scram-sha-512', SCRAM_PASSWORD), 'but by plain'],
      [at.sasl, login('plain', 'wrong'), 'uthentication failed'],
    ] as const
    for (const [brokers, given, words] of reasons) {
      expect(await reasonOf({ KAFKA_BROKERS: brokers, ...given })).toMatchObject({
        code: 'authentication',
        text: expect.stringContaining(words),
      })
    }
  })

  it('TLS is spoken and not asked for, or the other way round', async () => {
    expect(await reasonOf({ KAFKA_BROKERS: at.tls })).toMatchObject({
      code: 'wrong-protocol',
      text: expect.stringContaining('speaks TLS, and was addressed without it: KAFKA_SSL=true'),
    })
    expect(await reasonOf({ KAFKA_BROKERS: at.plaintext, KAFKA_SSL: 'true' })).toMatchObject({
      code: 'lost',
      text: expect.stringContaining('hung up at the greeting of TLS: perhaps it does not speak it'),
    })
  })

  it('its certificate is not trusted', async () => {
    expect(await reasonOf({ KAFKA_BROKERS: at.tls, KAFKA_SSL: 'true' })).toMatchObject({
      code: 'certificate',
      text: expect.stringContaining('is not trusted'),
    })
  })
})

describe('a Kafka user that may not do everything: what is refused has its reason, the rest works', () => {
  const { WRITE, READ, CREATE } = AclOperationTypes
  const { TOPIC, GROUP, CLUSTER } = AclResourceTypes
  /** A topic that somebody else made, and a driver of a user without these rights to it. */
  async function without(operation: AclOperationTypes, resource: AclResourceTypes) {
    const driver = open({ KAFKA_BROKERS: at.sasl, ...login('plain', PLAIN_PASSWORD) })
    await until('up', () => driver.status.status === 'up')
    const address = uniqueName('limited')
    await forbid(operation, resource, address)
    return {
      driver,
      address,
      declare: () => driver.declare({ address, mode: 'log', settings: {}, owned: true }),
    }
  }
  const message = { messageId: 'one', body: Buffer.from('hello'), sentAt: Date.now() }

  it('a send without WRITE', async () => {
    const { driver, address, declare } = await without(WRITE, TOPIC)
    await declare()
    expect(await driver.publish(address, message)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/not authorized/i),
    })
    await driver.remove(address)
  })

  it('a topic without CREATE', async () => {
    const { declare } = await without(CREATE, TOPIC)
    await forbid(CREATE, CLUSTER, 'kafka-cluster')
    await expect(declare()).rejects.toMatchObject({
      code: 'broker-refused',
      message: expect.stringMatching(/authoriz/i),
    })
  })

  it.each([
    ['the topic', TOPIC],
    ['its group', GROUP],
  ])('a reader without READ on %s', async (_, resource) => {
    const { driver, address, declare } = await without(READ, resource)
    await declare()
    expect(await driver.publish(address, message)).toMatchObject({ outcome: 'published' })
    const spec = { name: 'reader', address, mode: 'log', group: address, settings: {} } as const
    await expect(driver.attach(spec, () => undefined)).rejects.toMatchObject({
      code: 'broker-refused',
      message: expect.stringMatching(/not authorized/i),
    })
    await driver.remove(address)
  })
})
