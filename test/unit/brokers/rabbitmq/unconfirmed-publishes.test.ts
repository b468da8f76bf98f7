import type { Message } from 'amqplib'
import { describe, expect, test } from 'vitest'
import type { Receipt } from '#lib/brokers/contract.ts'
import { UnconfirmedPublishes } from '#lib/brokers/rabbitmq/publish.ts'

function tableOf(...messages: Array<[address: string, messageId: string]>) {
  const table = new UnconfirmedPublishes()
  const receipts: Array<Receipt[]> = messages.map(() => [])
  const numbers = messages.map(([address, messageId], index) =>
    table.add({
      address,
      messageId,
      bytes: 10,
      settle: (receipt) => receipts[index]?.push(receipt),
      returned: null,
    }),
  )
  const outcomes = () => receipts.map((all) => all.map(({ outcome }) => outcome).join())
  return { table, numbers: numbers as [number, ...number[]], receipts, outcomes }
}

const returnOf = (routingKey: string, messageId: string) =>
  ({
    fields: { routingKey, replyCode: 312, replyText: 'NO_ROUTE' },
    properties: { messageId },
  }) as unknown as Message

describe('unconfirmed publishes', () => {
  test('get one receipt, whatever follows', () => {
    const { table, numbers, outcomes } = tableOf(['q', 'a'])
    table.confirmed(numbers[0])
    table.confirmed(numbers[0])
    table.refused(numbers[0], 'late')
    table.lost('later')
    expect(outcomes()).toEqual(['published'])
    expect([table.size, table.bytes]).toEqual([0, 0])
  })

  test('that were returned get that receipt when their confirm comes', () => {
    const { table, numbers, receipts } = tableOf(['q', 'a'], ['gone', 'a'], ['gone', 'b'])
    table.returned(returnOf('gone', 'a'))
    expect(receipts.flat()).toEqual([])
    for (const number of numbers) table.confirmed(number)
    expect(receipts.map(([receipt]) => receipt)).toMatchObject([
      { outcome: 'published', evidence: 'broker' },
      { outcome: 'returned', evidence: 'broker', replyCode: 312, reason: 'NO_ROUTE' },
      { outcome: 'published', evidence: 'broker' },
    ])
  })

  test('with equal ids are returned oldest first', () => {
    const { table, numbers, outcomes } = tableOf(['q', 'a'], ['q', 'a'])
    table.returned(returnOf('q', 'a'))
    for (const number of numbers) table.confirmed(number)
    expect(outcomes()).toEqual(['returned', 'published'])
  })

  test('are uncertain when the connection ends first, with its reason', () => {
    const { table, receipts } = tableOf(['q', 'a'], ['q', 'b'])
    table.lost('socket closed')
    expect(receipts.map(([receipt]) => receipt)).toMatchObject(
      Array(2).fill({ outcome: 'uncertain', evidence: 'client', reason: 'socket closed' }),
    )
  })

  test('can be waited for: empty resolves with the last of them', async () => {
    const { table, numbers } = tableOf(['q', 'a'], ['q', 'b'])
    let isEmpty = false
    const empty = table.empty().then(() => {
      isEmpty = true
    })
    table.confirmed(numbers[0])
    await Promise.resolve()
    expect(isEmpty).toBe(false)
    table.lost('the rest')
    await empty
    await table.empty()
    expect(isEmpty).toBe(true)
  })
})
