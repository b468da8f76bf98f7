import { expect, test } from 'vitest'
import { statusWord, troubleWords } from '#components/words/brokers.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'

test('a broker is blocked, and not up, while it takes no messages, and says why', () => {
  const reason = { code: 'blocked' as const, text: 'low on memory' }
  const blocked: BrokerStatus = { system: 'kafka', status: 'blocked', since: 0, reason }
  expect(statusWord(blocked)).toBe('blocked')
  expect(troubleWords(blocked, 'RabbitMQ')).toMatchObject({
    title: 'RabbitMQ takes no messages',
    raw: 'low on memory',
  })
})
