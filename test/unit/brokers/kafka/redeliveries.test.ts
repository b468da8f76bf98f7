import { describe, expect, it } from 'vitest'
import { Redeliveries } from '#lib/brokers/kafka/redeliveries.ts'

describe('a redelivery', () => {
  it('is what was delivered to the group before, separately for each group and partition', () => {
    const redeliveries = new Redeliveries()
    const marks = [
      redeliveries.recordDelivery('g', 't', 0, 5),
      redeliveries.recordDelivery('g', 't', 0, 6),
      redeliveries.recordDelivery('g', 't', 0, 5),
      redeliveries.recordDelivery('g', 't', 1, 5),
      redeliveries.recordDelivery('h', 't', 0, 5),
    ]
    expect(marks).toEqual([false, false, true, false, false])
  })

  it('is forgotten with the topic, and when the partition ends before what was delivered from it', () => {
    const redeliveries = new Redeliveries()
    redeliveries.recordDelivery('g', 't', 0, 5)
    redeliveries.beforeReadingEnds('t')(new Map([[0, 6]]))
    expect(redeliveries.recordDelivery('g', 't', 0, 5)).toBe(true)
    redeliveries.beforeReadingEnds('t')(new Map([[0, 2]]))
    expect(redeliveries.recordDelivery('g', 't', 0, 0)).toBe(false)
    redeliveries.forget('t')
    expect(redeliveries.recordDelivery('g', 't', 0, 0)).toBe(false)
  })

  it('is not forgotten because of an end that was read before the record was delivered', () => {
    const redeliveries = new Redeliveries()
    redeliveries.recordDelivery('g', 't', 0, 1)
    const compare = redeliveries.beforeReadingEnds('t')
    redeliveries.recordDelivery('g', 't', 0, 9)
    compare(new Map([[0, 2]]))
    expect(redeliveries.recordDelivery('g', 't', 0, 9)).toBe(true)
  })
})
