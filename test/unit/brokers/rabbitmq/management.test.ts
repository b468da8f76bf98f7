import { describe, expect, test } from 'vitest'
import { parseBrokerUrls } from '#lib/brokers/rabbitmq/broker-urls.ts'
import { reportTransport } from '#lib/brokers/rabbitmq/management.ts'

function reported(brokerUrl: string, managementUrl?: string) {
  const said: unknown[] = []
  const say = (level: string) => (details: object) => void said.push({ level, ...details })
  const log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
  reportTransport(parseBrokerUrls(brokerUrl, managementUrl), log)
  return said
}

describe('a broker that is reached by TLS', () => {
  test.each([undefined, 'https://ann:secret@h:15671'])(
    'says where its management API is asked by TLS, without credentials (RABBITMQ_MANAGEMENT_URL=%s)',
    (managementUrl) =>
      expect(reported('amqps://ann:secret@h', managementUrl)).toEqual([
        { level: 'info', code: 'management-at', origin: 'https://h:15671' },
      ]),
  )

  test('warns where a person has its password sent in the clear', () =>
    expect(reported('amqps://ann:secret@h', 'http://ann:secret@h:15672')).toEqual([
      { level: 'warn', code: 'management-in-clear', origin: 'http://h:15672' },
    ]))

  test('is told apart from one that is not', () =>
    expect(reported('amqp://ann:secret@h', 'http://h:15672')).toEqual([]))
})
