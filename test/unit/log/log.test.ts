import { describe, expect, it, onTestFinished } from 'vitest'
import { createFailures, wordsOf } from '#lib/brokers/kit/failures.ts'
import { ProbeError } from '#lib/brokers/recipe.ts'
import { secretsIn } from '#lib/config/secrets.ts'
import { createProgress } from '#lib/launcher/progress.ts'
import { createLog } from '#lib/log/log.ts'
import { AppError, toFailure } from '#lib/protocol/errors.ts'
import { LocalBrokerSlots } from '#lib/rooms/broker-slots.ts'
import { reasonText } from '#lib/rooms/room-context.ts'
import { rememberSecrets, withoutCredentials } from '#lib/util/credentials.ts'

function lines(level = 'info') {
  const written: string[] = []
  return { written, log: createLog(level, { write: (line) => void written.push(line) }) }
}

describe('log', () => {
  it('no credentials of a URL reach it, wherever they stand', () => {
    const { written, log } = lines()
    const url = 'amqp://guest:s3cret@127.0.0.1:5672/%2F'
    log.info({ url, deep: { list: [url] } }, `connecting to ${url}`)
    log.warn({ err: new Error(`failed: redis://:s3cret@cache:6379`) }, 'lost')
    log.child({ endpoint: url }).info('from a child')
    expect(written).toHaveLength(3)
    expect(written.join()).not.toContain('s3cret')
    expect(written[0]).toContain('amqp://***@127.0.0.1:5672')
  })

  it('an address without credentials stays as it is', () => {
    const { written, log } = lines()
    log.info({ url: 'http://127.0.0.1:3000/r/lobby?a=b@c:d' }, 'listening')
    expect(JSON.parse(written[0] ?? '')).toMatchObject({
      url: 'http://127.0.0.1:3000/r/lobby?a=b@c:d',
      msg: 'listening',
    })
  })

  it('writes nothing below its level', () => {
    const { written, log } = lines('warn')
    log.info({}, 'quiet')
    log.error({}, 'loud')
    expect(written.map((line) => JSON.parse(line).msg)).toEqual(['loud'])
  })
})

describe('credentials are masked', () => {
  it.each([
    ['amqp://guest:s3cret@h:5672/%2F', 'amqp://***@h:5672/%2F'],
    ['amqps://ann:s3c@r3t/s3cret@h:5671', 'amqps://***@h:5671'],
    ['redis://:s3cret@cache:6379', 'redis://***@cache:6379'],
    ['rediss://s3cret@cache', 'rediss://***@cache'],
    ['REDIS://ann:p%40s3cret@[::1]:6379/0', 'REDIS://***@[::1]:6379/0'],
    ['http://ann:s3cret@h:15672/api?a=b', 'http://***@h:15672/api?a=b'],
    ["input: 'amqp://u:pa/s3cret@h'", "input: 'amqp://***@h'"],
    ['?next=amqp%3A%2F%2Fu%3As3cret%40h', '?next=amqp%3A%2F%2F***%40h'],
    ['redis://h?password=s3cret&db=1', 'redis://h?password=***&db=1'],
    ['amqp://a:s3cret@h1,amqp://b:s3cret@h2', 'amqp://***@h2'],
    ['http://127.0.0.1:3000/r/lobby?a=b@c:d', 'http://127.0.0.1:3000/r/lobby?a=b@c:d'],
  ])('in the URL %s', (text, masked) => expect(withoutCredentials(text)).toBe(masked))

  const password = 'p@ss/wörd "1"'
  const know = (env: Record<string, string>) => onTestFinished(rememberSecrets(secretsIn(env)))

  it.each([
    password,
    encodeURIComponent(password),
    encodeURI(password),
    JSON.stringify({ password }),
    JSON.stringify({ text: `first\n${password}` }),
    Buffer.from(`ann:${password}`).toString('base64'),
    Buffer.from(`\0ann\0${password}`).toString('base64'),
  ])('where a password stands alone, in whatever form: %s', (text) => {
    know({ RABBITMQ_URL: `amqp://ann:${encodeURIComponent(password)}@h` })
    const masked = withoutCredentials(`AUTH ${text}.`)
    expect(masked).toContain('***')
    expect(masked).not.toContain('ss/w')
    expect(masked).not.toContain('wörd')
    expect(withoutCredentials(text)).not.toBe(text)
  })

  it('of every variable of a broker, and not a word that only contains one', () => {
    know({ KAFKA_SASL_PASSWORD: 'kafkas', REDIS_URL: 'redis://:redissecret@h', HOME: '/home/ann' })
    expect(withoutCredentials('kafkas kafkasque redissecret /home/ann')).toBe('*** kafkasque *** /home/ann')
  })

  it('guest’s password is no secret, and stays a word', () => {
    know({ RABBITMQ_URL: 'amqp://guest:guest@h' })
    expect(withoutCredentials('user guest')).toBe('user guest')
  })

  it('in logs: fields, messages, stacks, nested causes and the arguments of a Redis command', () => {
    know({ REDIS_URL: `redis://ann:${encodeURIComponent(password)}@h` })
    const { written, log } = lines()
    const inner = Object.assign(new Error(`AUTH ann ${password}`), {
      command: { name: 'auth', args: ['ann', 'another1'] },
      input: `redis://ann:${password}@h`,
    })
    const failed = new Error('outer', { cause: new AggregateError([inner], 'several', { cause: inner }) })
    log.error({ err: failed, err2: inner, list: [{ password }] }, `failed with ${password}`)
    log.error({ err: inner }, 'failed')
    expect(written.join()).not.toContain('wörd')
    expect(written.join()).not.toContain('another1')
  })

  it('in what callers, rooms, health and the terminal are shown of an error', () => {
    know({ REDIS_URL: 'redis://ann:topsecret@h' })
    const words = 'no connection to redis://ann:topsecret@h: wrong password topsecret'
    const error = new Error(words)
    const failures = createFailures('Redis', (cause) => ({
      kind: 'rejected',
      text: wordsOf(cause),
      answered: true,
    }))
    const slots = new LocalBrokerSlots()
    slots.report('redis', { status: 'down', reason: { code: 'start-failed', text: words } })
    const printed: string[] = []
    const progress = createProgress({ labels: {}, isTty: false, write: (text) => void printed.push(text) })
    onTestFinished(progress.close)
    progress.show({ system: 'redis', elapsedMs: 1, phase: 'looking', what: words })
    const shown = [
      toFailure(new AppError('broker-refused', words, { detail: { reason: words } })),
      toFailure(failures.toAppError(error)),
      failures.toReason(error),
      new ProbeError('lost', words).reason,
      reasonText(error),
      slots.status('redis'),
      printed.join(),
    ]
    for (const one of shown) {
      expect(JSON.stringify(one)).not.toContain('topsecret')
      expect(JSON.stringify(one)).toContain('***')
    }
  })
})
