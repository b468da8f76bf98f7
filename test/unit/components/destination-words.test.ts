import { describe, expect, test } from 'vitest'
import { changeForeignWords, goneWords, removeWords } from '#components/words/modes.ts'

describe('a destination that is not ours alone', () => {
  test('stays on the broker when it is removed here, and is not changed without a question', () => {
    const orders = { name: 'orders', address: 'orders' }
    expect(removeWords('topic', orders)).toContain('goes from the broker')
    expect(removeWords('topic', { name: 'orders', address: 'sb.room.orders' })).toContain('goes from')
    expect(removeWords('topic', { ...orders, existed: true })).toContain('stays there with all it holds')
    expect(removeWords('topic', { ...orders, address: 'their/orders' })).toContain('their/orders stays')
    expect(changeForeignWords('topic', 'orders')).toMatch(/other programs may use it.*\?$/)
  })
  test('is gone when somebody deleted it, and comes back by itself only where it is the lobby’s own', () => {
    expect(goneWords('topic', { name: 'orders' }, 'Kafka')).toEqual({
      title: 'orders is gone from Kafka',
      body: 'Somebody deleted the topic there, with all it held. Its consumers wait.',
    })
    expect(goneWords('topic', { name: 'orders', stays: true }, 'Kafka').body).toContain('by itself')
  })
})
