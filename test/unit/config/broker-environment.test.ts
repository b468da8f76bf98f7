import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { VariableFault } from '#lib/brokers/environment.ts'
import { recipe as kafka } from '#lib/brokers/kafka/recipe.ts'
import { recipe as rabbitmq } from '#lib/brokers/rabbitmq/recipe.ts'
import { recipe as redis } from '#lib/brokers/redis/recipe.ts'

const folder = mkdtempSync(join(tmpdir(), 'switchboard-env-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

describe('a broker that the environment names', () => {
  it('is none without its variable, and an empty or blank one counts as absent', () => {
    for (const recipe of [rabbitmq, redis, kafka]) {
      expect(recipe.fromEnvironment({})).toBeUndefined()
      expect(recipe.fromEnvironment({ [recipe.urlVariable]: ' ' })).toBeUndefined()
    }
    expect(kafka.fromEnvironment({ KAFKA_SSL: 'false' })).toBeUndefined()
  })

  it.each([
    ['one.example:9092', 'one.example:9092'],
    [' one.example:9092 , two.example:9093 ', 'one.example:9092,two.example:9093'],
    ['one.example:9092 two.example:9093,', 'one.example:9092,two.example:9093'],
    ['[::1]:9092,[2001:db8::7]:9093', '[::1]:9092,[2001:db8::7]:9093'],
    ['a:1,a:1', 'a:1'],
  ])('KAFKA_BROKERS=%j is read as a list', (given, url) => {
    expect(kafka.fromEnvironment({ KAFKA_BROKERS: given })).toEqual({ url, address: url })
  })

  it('Kafka is reached over TLS and with a login, as KAFKA_SSL, KAFKA_CA_FILE and KAFKA_SASL_* say', () => {
    const at = { KAFKA_BROKERS: 'k:9093' }
    expect(kafka.fromEnvironment({ ...at, KAFKA_SSL: 'TRUE' })?.security).toEqual({ tls: {} })
    expect(kafka.fromEnvironment({ ...at, KAFKA_CA_FILE: file('ca.pem', PEM) })?.security).toEqual({
      tls: { ca: PEM },
    })
    const login = { KAFKA_SASL_USERNAME: 'ann', KAFKA_SASL_PASSWORD: ' pä%ss ' }
    expect(
      kafka.fromEnvironment({ ...at, ...login, KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512' })?.security,
    ).toEqual({ sasl: { mechanism: 'scram-sha-512', username: 'ann', password: ' pä%ss ' } })
  })

  it('a CA file of RabbitMQ or Redis is for a URL with TLS', () => {
    const ca = file('two.pem', `comment\n${PEM}${PEM}`)
    expect(
      redis.fromEnvironment({ REDIS_URL: 'rediss://h', REDIS_CA_FILE: ca })?.security?.tls?.ca,
    ).toContain(PEM)
    expect(rabbitmq.fromEnvironment({ RABBITMQ_URL: 'amqps://h', RABBITMQ_CA_FILE: ca })).toMatchObject({
      address: 'h:5671',
      managementUrl: 'https://guest:guest@h:15671',
      security: { tls: { ca: expect.stringContaining(PEM) } },
    })
  })

  it('RabbitMQ has its management API on the same host, with its credentials, unless one is named', () => {
    const named = (env: object) =>
      rabbitmq.fromEnvironment({ RABBITMQ_URL: 'amqp://ann:p%40%@[::1]:5673/v', ...env })
    expect(named({})?.address).toBe('[::1]:5673')
    expect(named({})?.managementUrl).toBe('http://ann:p%40%25@[::1]:15672')
    expect(named({ RABBITMQ_MANAGEMENT_URL: 'https://m/x' })?.managementUrl).toBe('https://m/x')
  })
})

describe('a variable that cannot be used is named by a fault, without its value', () => {
  const broken = { RABBITMQ_URL: 'amqp://h', REDIS_URL: 'redis://h', KAFKA_BROKERS: 'k:1' }
  it.each([
    ['RABBITMQ_URL', 'http://u:secret@h', rabbitmq],
    ['RABBITMQ_URL', 'amqp://u:secret/1@h', rabbitmq],
    ['RABBITMQ_URL', 'amqp:///secret', rabbitmq],
    ['RABBITMQ_MANAGEMENT_URL', 'ftp://secret', rabbitmq],
    ['RABBITMQ_CA_FILE', '/nowhere/secret.pem', rabbitmq],
    ['RABBITMQ_URL', 'amqp://u:12/secret@h', rabbitmq],
    ['RABBITMQ_URL', 'amqp://u:p@h/v#secret', rabbitmq],
    ['RABBITMQ_URL', 'amqp://u:p@h/v?heartbeat=secret', rabbitmq],
    ['REDIS_URL', 'redis://u:12?secret@h', redis],
    ['REDIS_URL', 'redis://u:12#secret@h', redis],
    ['REDIS_URL', 'redis://h?db=secret', redis],
    ['REDIS_URL', 'secret:6379', redis],
    ['REDIS_URL', 'redis://u:secret@h/cache', redis],
    ['REDIS_CA_FILE', '/nowhere/secret.pem', redis],
    ['KAFKA_BROKERS', 'secret', kafka],
    ['KAFKA_BROKERS', 'k:1,secret', kafka],
    ['KAFKA_BROKERS', 'secret:70000', kafka],
    ['KAFKA_BROKERS', 'PLAINTEXT://secret:9092', kafka],
    ['KAFKA_BROKERS', '::1:9092 secret', kafka],
    ['KAFKA_BROKERS', ' , ', kafka],
    ['KAFKA_SSL', 'secret', kafka],
    ['KAFKA_SASL_MECHANISM', 'secret', kafka],
  ])('%s=%s', (variable, value, recipe) => {
    const fault = faultOf(() => recipe.fromEnvironment({ ...broken, [variable]: value }))
    expect(fault.variable).toBe(variable)
    expect(fault.message).toContain(variable)
    expect(fault.message).not.toContain('secret')
  })

  it.each([
    ['KAFKA_SASL_MECHANISM', { KAFKA_SASL_USERNAME: 'ann' }],
    ['KAFKA_SASL_USERNAME', { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: 'p' }],
    ['KAFKA_SASL_PASSWORD', { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'ann' }],
  ])('%s that is missing beside the others', (variable, env) => {
    expect(faultOf(() => kafka.fromEnvironment({ ...broken, ...env })).variable).toBe(variable)
  })

  it('a CA file that nothing uses, or that holds no certificate', () => {
    const ca = file('unused.pem', PEM)
    const empty = file('empty.pem', 'nothing')
    const variableOf = (recipe: typeof redis, env: object) =>
      faultOf(() => recipe.fromEnvironment({ ...broken, ...env })).variable
    expect(variableOf(redis, { REDIS_CA_FILE: ca })).toBe('REDIS_CA_FILE')
    expect(variableOf(rabbitmq, { RABBITMQ_CA_FILE: ca })).toBe('RABBITMQ_CA_FILE')
    expect(variableOf(kafka, { KAFKA_CA_FILE: ca, KAFKA_SSL: 'no' })).toBe('KAFKA_CA_FILE')
    expect(variableOf(redis, { REDIS_URL: 'rediss://h', REDIS_CA_FILE: empty })).toBe('REDIS_CA_FILE')
  })

  it('security without the brokers that it is for', () => {
    expect(faultOf(() => kafka.fromEnvironment({ KAFKA_SSL: 'yes' })).variable).toBe('KAFKA_SSL')
  })
})

function faultOf(work: () => unknown): VariableFault {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(VariableFault)
    return error as VariableFault
  }
  return expect.unreachable('there was no fault')
}
