import { describe, expect, it } from 'vitest'
import type { ConsumerSpec } from '#lib/brokers/contract.ts'
import { changedSettings, parsedTopic, planOf } from '#lib/brokers/kafka/settings.ts'

const spec = (mode: ConsumerSpec['mode'], more: Partial<ConsumerSpec> = {}): ConsumerSpec => ({
  name: 'one',
  address: 'sb.den.orders',
  mode,
  settings: {},
  ...more,
})

describe('the plan of a consumer', () => {
  it('puts a worker into the group of its topic, from the beginning of the topic', () => {
    expect(planOf(spec('queue'))).toMatchObject({
      spec: { group: 'sb.den.orders.workers' },
      from: { to: 'earliest' },
      startsAnew: false,
    })
  })

  it('puts a subscriber into a group of its own, from the end each time it attaches', () => {
    expect(planOf(spec('fanout'))).toMatchObject({
      spec: { group: 'sb.den.orders.one' },
      from: { to: 'latest' },
      startsAnew: true,
    })
  })

  it('puts a reader into the group it names, and fails without one', () => {
    expect(planOf(spec('log', { group: 'audit' }))).toMatchObject({
      spec: { group: 'audit' },
      startsAnew: false,
    })
    expect(() => planOf(spec('log'))).toThrow(/needs a group/)
  })

  it.each([
    [{ from: 'offset', offset: '' }, /from offset needs/],
    [{ from: 'offset', offset: '1-0' }, /from offset needs/],
    [{ from: 'time', time: 'soon' }, /from time needs/],
    [{ processingMs: -1 }, /no settings/],
  ])('refuses settings that make no sense, with the reason: %j', (settings, words) => {
    expect(() => planOf(spec('log', { group: 'g', settings }))).toThrow(words)
  })

  it('lets the processing time change while attached, but neither the start nor the isolation', () => {
    const plan = planOf(spec('log', { group: 'g' }))
    expect(changedSettings(plan, plan.read, { processingMs: 70 })).toMatchObject({ processingMs: 70 })
    const change = (settings: ConsumerSpec['settings']) => () => changedSettings(plan, plan.read, settings)
    expect(change({ from: 'earliest' })).toThrow(/settled once it has started/)
    expect(change({ isolation: 'read_uncommitted' })).toThrow(/isolation/)
  })
})

describe('a topic’s settings', () => {
  it('refuse an idempotent producer that does not wait for all replicas', () => {
    expect(() => parsedTopic({ acks: '1' })).toThrow(/choose acks all, or turn idempotent off for acks 1/)
    expect(parsedTopic({ acks: '1', idempotent: false })).toMatchObject({ acks: '1' })
  })
})
