import { describe, expect, test } from 'vitest'
import { parseBrokerUrl } from '#lib/brokers/kit/broker-url.ts'
import { parseRedisUrl } from '#lib/brokers/redis/broker-url.ts'

describe("a broker's URL is read as people write it", () => {
  test.each([
    ['plain', 'plain'],
    ['50%', '50%'],
    ['p%40ss', 'p@ss'],
    ['p%25', 'p%'],
    ['pä ss', 'pä ss'],
    ['p%C3%A4ss', 'päss'],
    ['%ff', '%ff'],
    ['%zz%41', '%zzA'],
    ['日本', '日本'],
  ])('the password %s is %s', (written, password) => {
    expect(parseBrokerUrl(`amqp://ann:${written}@h`)).toMatchObject({ username: 'ann', password })
    expect(parseBrokerUrl(`redis://:${written}@h`)).toMatchObject({ username: undefined, password })
  })

  test('an IPv6 host comes without its brackets, and a missing port as undefined', () => {
    expect(parseBrokerUrl('amqps://[2001:db8::7]:5671/v')).toMatchObject({
      scheme: 'amqps',
      host: '2001:db8::7',
      port: 5671,
      path: 'v',
    })
    expect(parseBrokerUrl(' redis://h ')).toMatchObject({ host: 'h', port: undefined, path: '' })
  })

  test('of Redis: TLS by rediss, and the number of a database', () => {
    expect(parseRedisUrl('redis://h/2', { tls: { ca: 'x' } })).toMatchObject({ port: 6379, database: '2' })
    expect(parseRedisUrl('redis://h', { tls: { ca: 'x' } })).not.toHaveProperty('tls')
    expect(parseRedisUrl('rediss://h', { tls: { ca: 'x' } }).tls).toEqual({ ca: 'x' })
    expect(parseRedisUrl('rediss://h').tls).toEqual({})
  })
})
