import { describe, expect, it } from 'vitest'
import { Redeliveries } from '#lib/brokers/kafka/redeliveries.ts'

/** Written a millisecond after the record before it. */
const at = (partition: number, offset: number, writtenAt = offset) => ({
  topic: 't',
  partition,
  record: { offset: String(offset), timestamp: String(writtenAt) },
})

describe('a redelivery', () => {
  it('is what was delivered to the group before, separately for each group and partition', () => {
    const redeliveries = new Redeliveries()
    const marks = [
      redeliveries.recordDelivery('g', at(0, 5)),
      redeliveries.recordDelivery('g', at(0, 6)),
      redeliveries.recordDelivery('g', at(0, 5)),
      redeliveries.recordDelivery('g', at(1, 5)),
      redeliveries.recordDelivery('h', at(0, 5)),
    ]
    expect(marks).toEqual([false, false, true, false, false])
  })

  it('is forgotten with the topic, and when the partition ends before what was delivered from it', () => {
    const redeliveries = new Redeliveries()
    redeliveries.recordDelivery('g', at(0, 5))
    redeliveries.beforeReadingEnds('t')(new Map([[0, 6]]))
    expect(redeliveries.recordDelivery('g', at(0, 5))).toBe(true)
    redeliveries.beforeReadingEnds('t')(new Map([[0, 2]]))
    expect(redeliveries.recordDelivery('g', at(0, 0))).toBe(false)
    redeliveries.forget('t')
    expect(redeliveries.recordDelivery('g', at(0, 0))).toBe(false)
  })

  it('is not forgotten because of an end that was read before the record was delivered', () => {
    const redeliveries = new Redeliveries()
    redeliveries.recordDelivery('g', at(0, 1))
    const compare = redeliveries.beforeReadingEnds('t')
    redeliveries.recordDelivery('g', at(0, 9))
    compare(new Map([[0, 2]]))
    expect(redeliveries.recordDelivery('g', at(0, 9))).toBe(true)
  })

  it('is not reported for a record written after all that were delivered: its topic was made again', () => {
    const redeliveries = new Redeliveries()
    for (const offset of [0, 1, 2]) redeliveries.recordDelivery('g', at(0, offset))
    const again = [at(0, 0, 50), at(0, 1, 50), at(0, 0, 50), at(0, 2, 51)]
    const marks = again.map((record) => redeliveries.recordDelivery('g', record))
    expect(marks).toEqual([false, false, true, false])
  })
})
