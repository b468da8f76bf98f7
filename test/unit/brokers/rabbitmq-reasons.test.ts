import { describe, expect, test } from 'vitest'
import { parsePlace } from '#lib/brokers/rabbitmq/place.ts'
import { asOperationError, reasonOf, refusesTransientQueues, wordsOf } from '#lib/brokers/rabbitmq/reasons.ts'
import { AppError } from '#lib/protocol/errors.ts'

const withCode = (message: string, code: unknown) => Object.assign(new Error(message), { code })

describe('why a connection is not there', () => {
  test.each([
    ['refused', withCode('connect ECONNREFUSED 127.0.0.1:5672', 'ECONNREFUSED')],
    ['refused', withCode('getaddrinfo ENOTFOUND nowhere', 'ENOTFOUND')],
    ['lost', withCode('read ECONNRESET', 'ECONNRESET')],
    ['lost', new Error('Socket closed abruptly during opening handshake')],
    ['lost', withCode('Connection closed: 320 (CONNECTION_FORCED) with message "shutdown"', 320)],
    ['connecting', new Error('connect ETIMEDOUT')],
    ['authentication', new Error('Handshake terminated by server: 403 (ACCESS_REFUSED) with message "…"')],
    ['authentication', new Error('Expected ConnectionOpenOk; got <ConnectionClose channel:0>')],
    ['wrong-protocol', new Error('Frame size 791752241 exceeds maxFrameSize 67108864')],
    ['wrong-protocol', new Error('Invalid frame')],
  ])('%s: %s', (code, error) => {
    expect(reasonOf(error)).toMatchObject({ code })
    expect(reasonOf(new AppError('broker-down', 'wrapped', { cause: error }))).toEqual(reasonOf(error))
  })

  test('is worded also where the error has no words of its own: several addresses, all refused', () => {
    const refused = ['::1', '127.0.0.1'].map((host) =>
      withCode(`connect ECONNREFUSED ${host}:5672`, 'ECONNREFUSED'),
    )
    const error = Object.assign(new AggregateError(refused), { code: 'ECONNREFUSED' })
    expect(reasonOf(error)).toEqual({
      code: 'refused',
      text: 'connect ECONNREFUSED ::1:5672; connect ECONNREFUSED 127.0.0.1:5672',
    })
    expect(wordsOf(new Error(''))).toBe('Error')
  })
})

describe('an operation that failed', () => {
  test("was refused when the broker gave a reply code, with the broker's reason", () => {
    const error = withCode('Operation failed: QueueDeclare; 405 (RESOURCE-LOCKED) with message "…"', 405)
    expect(asOperationError(error)).toMatchObject({ code: 'broker-refused', detail: { replyCode: 405 } })
  })

  test('found no broker otherwise', () => {
    expect(asOperationError(withCode('connect ECONNREFUSED', 'ECONNREFUSED'))).toMatchObject({
      code: 'broker-down',
      retryAfterMs: 1_000,
    })
  })

  test('because queues that are not durable are no longer permitted is told apart (RabbitMQ 4.3)', () => {
    const refusal = withCode(
      'Connection closed: 541 (INTERNAL-ERROR) with message "INTERNAL_ERROR - Feature `transient_nonexcl_queues` is deprecated."',
      541,
    )
    expect(refusesTransientQueues(asOperationError(refusal))).toBe(true)
    expect(refusesTransientQueues(asOperationError(withCode('INTERNAL_ERROR', 541)))).toBe(false)
  })
})

describe('where a broker is', () => {
  test('the virtual host is what follows the slash, decoded; none is the default one', () => {
    expect(parsePlace('amqp://h').vhost).toBe('/')
    expect(parsePlace('amqp://h/').vhost).toBe('/')
    expect(parsePlace('amqp://h/%2Fteam%20a').vhost).toBe('/team a')
    expect(parsePlace('amqp://h/100%').vhost).toBe('100%')
  })

  test('a heartbeat is asked for, unless the URL already does', () => {
    expect(parsePlace('amqp://h:5673/v').connectUrl).toBe('amqp://h:5673/v?heartbeat=10')
    expect(parsePlace('amqp://h/v?heartbeat=30').connectUrl).toBe('amqp://h/v?heartbeat=30')
  })

  test("the management API is on the broker's host with its credentials, unless told otherwise", () => {
    const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`
    expect(parsePlace('amqp://ann:p%40ss@h:5673/v').management).toEqual({
      origin: 'http://h:15672',
      secure: false,
      authorization: basic('ann:p@ss'),
    })
    expect(parsePlace('amqp://h', 'https://bob:secret@m/prefix/').management).toEqual({
      origin: 'https://m/prefix',
      secure: true,
      authorization: basic('bob:secret'),
    })
  })
})
