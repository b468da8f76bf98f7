import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LateReplies } from '#lib/gateway/late-replies.ts'
import { REPLY_DELAY_MAX_MS } from '#lib/gateway/limits.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function createReplies() {
  const sent: string[] = []
  const replies = new LateReplies()
  return { sent, replies, add: (reply: string) => replies.add(() => sent.push(reply)) }
}

describe('replies that let a delivery go first', () => {
  it('leave in order, each once, when a batch of events has been sent', () => {
    const { sent, replies, add } = createReplies()
    add('one')
    add('two')
    expect(sent).toEqual([])
    replies.flush()
    expect(sent).toEqual(['one', 'two'])
    vi.advanceTimersByTime(REPLY_DELAY_MAX_MS)
    expect(sent).toEqual(['one', 'two'])
  })

  it('leave without a batch when the longest delay is over, counted from the first', () => {
    const { sent, add } = createReplies()
    add('one')
    vi.advanceTimersByTime(REPLY_DELAY_MAX_MS - 1)
    add('two')
    expect(sent).toEqual([])
    vi.advanceTimersByTime(1)
    expect(sent).toEqual(['one', 'two'])
  })

  it('wait again after earlier ones have left', () => {
    const { sent, replies, add } = createReplies()
    add('one')
    replies.flush()
    add('two')
    expect(sent).toEqual(['one'])
    vi.advanceTimersByTime(REPLY_DELAY_MAX_MS)
    expect(sent).toEqual(['one', 'two'])
  })
})
