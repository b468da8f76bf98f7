import { describe, expect, test } from 'vitest'
import { connectionWords } from '#components/phone/connection-words.ts'
import { CONSUMER_REASONS } from '#lib/protocol/consumer-reasons.ts'
import type { ConsumerState } from '#lib/protocol/room.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'

interface Case {
  reason?: string
  status?: BrokerStatus['status']
  isPart?: boolean
}

const words = (state: ConsumerState, { reason, status = 'up', isPart = false }: Case = {}) => {
  const seat = { name: 'worker-3', state, ...(reason === undefined ? {} : { reason }) }
  const said = connectionWords({ seat, broker: { status }, label: 'RabbitMQ', isPart })
  return said && [said.title, said.text, ...(said.said === null ? [] : [said.said])]
}

const AWAY = ['RabbitMQ is away', 'Your seat is kept. You are connected as soon as it is back.']

describe('what a phone says of its connection', () => {
  test('is nothing while it is attached to a broker that answers, also one that takes no messages for now', () => {
    expect(words('attached')).toBeNull()
    expect(words('paused', { status: 'blocked' })).toBeNull()
  })

  test('is that the broker is away, whether or not the consumer was attached when it went', () => {
    expect(words('attaching', { status: 'down', reason: 'read ECONNRESET' })).toEqual(AWAY)
    expect(words('attaching', { status: 'connecting', reason: 'connect ECONNREFUSED' })).toEqual(AWAY)
    expect(words('attaching', { reason: CONSUMER_REASONS.brokerDown })).toEqual(AWAY)
    expect(words('attaching', { status: 'down', reason: 'read ECONNRESET', isPart: true })).toEqual([
      'RabbitMQ is away',
      'worker-3 is connected as soon as it is back.',
    ])
  })

  test('is the broker’s own words where it answers and refuses', () => {
    expect(words('attaching', { reason: 'too many clients' })).toEqual([
      'Connecting',
      'Your seat is kept. It is tried again until RabbitMQ lets you in.',
      'too many clients',
    ])
    expect(words('attaching', { reason: 'too many clients', isPart: true })?.[1]).toBe(
      'It is tried again until RabbitMQ lets worker-3 in.',
    )
    expect(words('attaching')).toEqual(['Connecting', 'RabbitMQ is given your name.'])
  })

  test('is that nothing comes while a frozen broker still holds its connection', () => {
    expect(words('attached', { status: 'down' })).toEqual([
      'RabbitMQ does not answer',
      'Your seat is kept. You get nothing until it answers again.',
    ])
    expect(words('paused', { status: 'connecting', isPart: true })?.[1]).toBe(
      'worker-3 gets nothing until it answers again.',
    )
  })

  test('never shows the name of a reason that the room itself gives', () => {
    for (const reason of Object.values(CONSUMER_REASONS)) {
      expect(words('detached', { reason })).toEqual([
        'Not connected',
        'RabbitMQ is not connected to you now.',
      ])
    }
    expect(words('detached', { reason: 'its destination is being removed' })?.[2]).toBe(
      'its destination is being removed',
    )
  })
})
