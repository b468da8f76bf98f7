import { describe, expect, test } from 'vitest'
import { wordsOf } from '#lib/brokers/kit/failures.ts'
import { parseBrokerUrls } from '#lib/brokers/rabbitmq/broker-urls.ts'
import { failures, inPlainWords, refusesTransientQueues } from '#lib/brokers/rabbitmq/failures.ts'
import { AppError } from '#lib/protocol/errors.ts'

const withCode = (message: string, code: unknown) => Object.assign(new Error(message), { code })

describe('why there is no connection', () => {
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
    expect(failures.toReason(error)).toMatchObject({ code })
    expect(failures.toReason(new AppError('broker-down', 'wrapped', { cause: error }))).toEqual(
      failures.toReason(error),
    )
  })

  test('is said even when the error has no message: several addresses, all refused', () => {
    const refused = ['::1', '127.0.0.1'].map((host) =>
      withCode(`connect ECONNREFUSED ${host}:5672`, 'ECONNREFUSED'),
    )
    const error = Object.assign(new AggregateError(refused), { code: 'ECONNREFUSED' })
    expect(failures.toReason(error)).toEqual({
      code: 'refused',
      text: 'connect ECONNREFUSED ::1:5672; connect ECONNREFUSED 127.0.0.1:5672',
    })
    expect(wordsOf(new Error(''))).toBe('Error')
  })
})

describe('a failed operation', () => {
  test("is broker-refused when the broker gave a reply code, with the broker's reason", () => {
    const error = withCode('Operation failed: QueueDeclare; 405 (RESOURCE-LOCKED) with message "…"', 405)
    expect(failures.toAppError(error)).toMatchObject({ code: 'broker-refused', detail: { replyCode: 405 } })
  })

  test('is broker-down otherwise', () => {
    expect(failures.toAppError(withCode('connect ECONNREFUSED', 'ECONNREFUSED'))).toMatchObject({
      code: 'broker-down',
      retryAfterMs: 1_000,
    })
  })

  test('is recognized when the broker no longer permits transient queues (RabbitMQ 4.3)', () => {
    const refusal = withCode(
      'Connection closed: 541 (INTERNAL-ERROR) with message "INTERNAL_ERROR - Feature `transient_nonexcl_queues` is deprecated."',
      541,
    )
    expect(refusesTransientQueues(failures.toAppError(refusal))).toBe(true)
    expect(refusesTransientQueues(failures.toAppError(withCode('INTERNAL_ERROR', 541)))).toBe(false)
  })
})

describe('the URLs of a broker', () => {
  test('a virtual host that is refused says all that may be the cause: the client library hides which it is', () => {
    const { text } = failures.of(new Error('Expected ConnectionOpenOk; got <ConnectionClose channel:0>'))
    for (const cause of ['none of that name', 'may not use it', 'limit of connections'])
      expect(text).toContain(cause)
  })

  test('the virtual host is what follows the slash, decoded; none is the default one', () => {
    const vhostOf = (url: string) => parseBrokerUrls(url).amqp.vhost
    expect(vhostOf('amqp://h')).toBe('/')
    expect(vhostOf('amqp://h/')).toBe('/')
    expect(vhostOf('amqp://h/%2Fteam%20a')).toBe('/team a')
    expect(vhostOf('amqp://h/100%')).toBe('100%')
    expect(vhostOf('amqp://h/büro 50%')).toBe('büro 50%')
  })

  test('a heartbeat is requested, unless the URL already does', () => {
    expect(parseBrokerUrls('amqp://h:5673/v').amqp).toMatchObject({ host: 'h', port: 5673, heartbeatS: 10 })
    expect(parseBrokerUrls('amqp://h/v?heartbeat=30').amqp.heartbeatS).toBe(30)
  })

  test("the management API is on the broker's host with its credentials, unless a URL of its own is given", () => {
    const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`
    expect(parseBrokerUrls('amqp://ann:p%40ss@h:5673/v').management).toEqual({
      origin: 'http://h:15672',
      secure: false,
      authorization: basic('ann:p@ss'),
    })
    expect(parseBrokerUrls('amqp://h', 'https://bob:secret@m/prefix/').management).toEqual({
      origin: 'https://m/prefix',
      secure: true,
      authorization: basic('bob:secret'),
    })
  })
})

describe('a refused declaration in plain words', () => {
  test.each([
    [
      `PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'jobs' in vhost '/': received 'false' but current is 'true'`,
      'the queue "jobs" exists already and was made otherwise: its durable is true, and false was asked for (406)',
    ],
    [
      `406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'jobs' in vhost '/': received the value '5' of type 'byte' but current is none"`,
      'the queue "jobs" exists already and was made otherwise: its x-max-length is not set, and 5 was asked for (406)',
    ],
    [
      `PRECONDITION_FAILED - invalid arg 'x-max-priority' for queue 'jobs' in vhost '/' of queue type rabbit_quorum_queue`,
      'the queue "jobs" can\'t be made so: a quorum queue has no x-max-priority (406)',
    ],
  ])('%s', (said, words) => {
    expect(inPlainWords(said)).toBe(words)
  })

  test('is null for any other text', () => {
    expect(inPlainWords('ACCESS_REFUSED - no')).toBeNull()
  })
})
