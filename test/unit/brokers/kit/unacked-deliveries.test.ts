import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import type { Processing } from '#lib/brokers/kit/simulated-processing.ts'
import { UnackedDeliveries, type UnackedOptions } from '#lib/brokers/kit/unacked-deliveries.ts'
import { WaitingLine } from '#lib/brokers/kit/waiting-line.ts'
import { AppError } from '#lib/protocol/errors.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const acknowledged = (delivery: number): ConsumerEvent => ({
  type: 'acknowledged',
  delivery,
  evidence: 'client',
  at: 0,
})

function hold(processing: Partial<Processing> = {}, more: Partial<UnackedOptions<string>> = {}) {
  const settings: Processing = {
    ackMode: 'automatic',
    processingMs: 0,
    failurePercent: 0,
    onFailure: 'requeue',
    ...processing,
  }
  const seen: string[] = []
  const unacked = new UnackedDeliveries<string>({
    processing: () => settings,
    settle: ({ delivery, item }, verb) => {
      seen.push(`${verb} ${item}`)
      return [acknowledged(delivery)]
    },
    emit: (event) => void seen.push(event.type),
    toAppError: (error) => new AppError('broker-refused', String(error)),
    ...more,
  })
  const add = (...deliveries: number[]) => {
    for (const delivery of deliveries) unacked.add({ delivery, item: `m${delivery}`, settles: true })
  }
  const addPoison = (delivery: number) =>
    unacked.add({ delivery, item: `m${delivery}`, settles: true, isPoison: true })
  return { unacked, add, addPoison, seen, settings }
}

const settleAll = () => vi.advanceTimersByTimeAsync(0)

describe('unacked deliveries', () => {
  test('are acknowledged by themselves, in order, once all that arrived together was reported', async () => {
    const { add, seen, unacked } = hold()
    add(1, 2)
    expect(seen).toEqual([])
    await settleAll()
    expect(seen).toEqual(['ack m1', 'acknowledged', 'ack m2', 'acknowledged'])
    expect(unacked.size).toBe(0)
  })

  test('are processed one at a time, each for its processing time', async () => {
    const { add, seen, unacked } = hold({ processingMs: 100 })
    add(1, 2)
    await vi.advanceTimersByTimeAsync(99)
    expect(unacked.size).toBe(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(seen).toEqual(['ack m1', 'acknowledged'])
    await vi.advanceTimersByTimeAsync(100)
    expect(unacked.size).toBe(0)
  })

  test('stay while their worker is paused, and are processed from the beginning afterwards', async () => {
    const { add, seen, unacked } = hold({ processingMs: 100 })
    add(1)
    await vi.advanceTimersByTimeAsync(90)
    unacked.pause()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(seen).toEqual([])
    unacked.resume()
    await vi.advanceTimersByTimeAsync(99)
    expect(seen).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(seen).toEqual(['ack m1', 'acknowledged'])
  })

  test('wait for a person where acknowledgements are manual, who may settle them in any order', async () => {
    const { add, seen, unacked } = hold({ ackMode: 'manual' })
    add(1, 2)
    await settleAll()
    expect(seen).toEqual([])
    await unacked.settle(2, 'reject')
    expect(seen).toEqual(['reject m2', 'acknowledged'])
    expect(unacked.unsettled().map(({ delivery }) => delivery)).toEqual([1])
    await expect(unacked.settle(2, 'ack')).rejects.toMatchObject({ code: 'delivery-not-found' })
  })

  test('can not be settled by hand where they settle by themselves', async () => {
    const { add, unacked } = hold({ processingMs: 100 })
    add(1)
    await expect(unacked.settle(1, 'ack')).rejects.toMatchObject({ code: 'not-capable' })
  })

  test('are requeued when processing fails, with a rest before the next', async () => {
    const { add, seen } = hold({ failurePercent: 100 })
    add(1, 2)
    await settleAll()
    expect(seen).toEqual(['requeue m1', 'acknowledged'])
    await vi.advanceTimersByTimeAsync(100)
    expect(seen).toContain('requeue m2')
  })

  test('are rejected without a rest where failures are not to come back', async () => {
    const { add, seen } = hold({ failurePercent: 100, onFailure: 'reject' })
    add(1, 2)
    await settleAll()
    expect(seen).toEqual(['reject m1', 'acknowledged', 'reject m2', 'acknowledged'])
  })

  test('of poison messages fail always, whatever the settings say, with a reason of their own', async () => {
    const reasons: Array<string | undefined> = []
    const settle: UnackedOptions<string>['settle'] = ({ delivery }, _verb, reason) => {
      reasons.push(reason)
      return [acknowledged(delivery)]
    }
    const { add, addPoison } = hold({ failurePercent: 0, onFailure: 'reject' }, { settle })
    add(1)
    addPoison(2)
    add(3)
    await settleAll()
    expect(reasons).toEqual([undefined, 'poison: its processing always fails', undefined])
  })

  test('of poison messages wait for a person where acknowledgements are manual, who may accept them', async () => {
    const { addPoison, seen, unacked } = hold({ ackMode: 'manual' })
    addPoison(1)
    await settleAll()
    expect(seen).toEqual([])
    await unacked.settle(1, 'ack')
    expect(seen).toEqual(['ack m1', 'acknowledged'])
  })

  test('rest longer and longer, up to a second, while one failure follows another, and shortly again after a success', async () => {
    const { add, addPoison, seen } = hold()
    const failures = () => seen.filter((one) => one.startsWith('requeue')).length
    for (let delivery = 1; delivery <= 100; delivery += 1) addPoison(delivery)
    await vi.advanceTimersByTimeAsync(1_500)
    expect(failures()).toBe(5)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(failures()).toBe(15)
    add(101)
    await vi.advanceTimersByTimeAsync(86_000)
    expect(seen).toContain('ack m101')
    addPoison(102)
    addPoison(103)
    await vi.advanceTimersByTimeAsync(100)
    expect(seen).toContain('requeue m103')
  })

  test('count no more against the prefetch once their acknowledgement is on its way', async () => {
    let answer: (events: readonly ConsumerEvent[]) => void = () => undefined
    let rooms = 0
    const { add, seen, unacked } = hold(
      {},
      {
        settle: () => new Promise((resolve) => (answer = resolve)),
        onRoom: () => {
          rooms += 1
        },
      },
    )
    add(1)
    await settleAll()
    expect([unacked.size, rooms, seen]).toEqual([0, 1, []])
    answer([acknowledged(1)])
    await unacked.settled()
    expect(seen).toEqual(['acknowledged'])
  })

  test('stay when the broker refuses their settlement, and are settled again after a rest', async () => {
    let refusals = 1
    const refused: Error[] = []
    const { add, seen, unacked } = hold(
      {},
      {
        settle: async ({ delivery }) => {
          if (refusals-- > 0) throw new Error('READONLY')
          return [acknowledged(delivery)]
        },
        isRefusal: (error): error is Error => error instanceof Error,
        onRefused: (error) => void refused.push(error),
      },
    )
    add(1)
    await settleAll()
    expect([unacked.size, refused.length]).toEqual([1, 1])
    await vi.advanceTimersByTimeAsync(100)
    expect(seen).toEqual(['acknowledged'])
    expect(unacked.size).toBe(0)
  })

  test('whose settlement is refused again and again are settled again after ever longer rests', async () => {
    let refusals = 0
    const { add, unacked } = hold(
      {},
      {
        settle: async () => {
          throw new Error('READONLY')
        },
        isRefusal: (error): error is Error => error instanceof Error,
        onRefused: () => void refusals++,
      },
    )
    add(1)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(unacked.size).toBe(1)
    expect(refusals).toBeGreaterThan(3)
    expect(refusals).toBeLessThan(13)
  })

  test('are forgotten when their connection is lost: nothing of them is settled or emitted later', async () => {
    let answer: (events: readonly ConsumerEvent[]) => void = () => undefined
    const { add, seen, unacked } = hold({}, { settle: () => new Promise((resolve) => (answer = resolve)) })
    add(1)
    await settleAll()
    expect(unacked.clear().map(({ delivery }) => delivery)).toEqual([1])
    answer([acknowledged(1)])
    await settleAll()
    expect(seen).toEqual([])
    expect(unacked.size).toBe(0)
  })

  test('let go of their bodies when they stay beyond the first moment', async () => {
    const kept: number[] = []
    const { add } = hold(
      { ackMode: 'manual' },
      { onStillUnacked: ({ delivery }) => void kept.push(delivery) },
    )
    add(1)
    await settleAll()
    expect(kept).toEqual([1])
  })
})

test('a waiting line gives back what was removed, also when it is never empty', () => {
  const line = new WaitingLine<number>()
  for (let i = 0; i < 10_000; i++) {
    line.push(i)
    if (i > 0) line.shift()
  }
  expect(line.first(() => true)).toBe(9_999)
})
