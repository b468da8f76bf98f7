import fc from 'fast-check'
import { AssignerProtocol } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import {
  assignRanges,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '#lib/brokers/kafka/assigner.ts'

const member = (memberId: string, ...topics: string[]) => ({ memberId, topics })

describe('the range assignor', () => {
  it('gives the first members one partition more where it does not come out even', () => {
    const assigned = assignRanges([member('b', 't'), member('a', 't')], () => 3)
    expect(Object.fromEntries(assigned)).toEqual({ a: { t: [0, 1] }, b: { t: [2] } })
  })

  it('leaves members without a partition when there are more members than partitions', () => {
    const assigned = assignRanges([member('a', 't'), member('b', 't'), member('c', 't')], () => 2)
    expect(Object.fromEntries(assigned)).toEqual({ a: { t: [0] }, b: { t: [1] }, c: {} })
  })

  it('assigns a topic only to the members that subscribe to it', () => {
    const assigned = assignRanges([member('a', 'x'), member('b', 'x', 'y')], (topic) =>
      topic === 'x' ? 2 : 1,
    )
    expect(Object.fromEntries(assigned)).toEqual({ a: { x: [0] }, b: { x: [1], y: [0] } })
  })

  it('assigns each partition exactly once, in numbers that differ by one at most', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 12 }),
        fc.nat(30),
        (ids, partitions) => {
          const assigned = [
            ...assignRanges(
              ids.map((id) => member(id, 't')),
              () => partitions,
            ).values(),
          ]
          const all = assigned.flatMap((one) => one.t ?? [])
          expect([...all].sort((a, b) => a - b)).toEqual(
            Array.from({ length: partitions }, (_, index) => index),
          )
          const sizes = assigned.map((one) => one.t?.length ?? 0)
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        },
      ),
    )
  })
})

describe('the consumer protocol of group members', () => {
  const topics = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 40 }), { maxLength: 5 })

  it('decodes subscriptions that it encoded, and those of another implementation', () => {
    fc.assert(
      fc.property(topics, (names) => {
        expect(decodeSubscription(encodeSubscription(names))).toEqual(names)
        if (names.length === 0) return
        expect(AssignerProtocol.MemberMetadata.decode(encodeSubscription(names))?.topics).toEqual(names)
        const theirs = AssignerProtocol.MemberMetadata.encode({
          version: 0,
          topics: names,
          userData: Buffer.alloc(0),
        })
        expect(decodeSubscription(theirs)).toEqual(names)
      }),
    )
  })

  it('decodes an empty assignment, and no bytes as an empty one', () => {
    expect(decodeAssignment(encodeAssignment({})).size).toBe(0)
    expect(decodeAssignment(Buffer.alloc(0)).size).toBe(0)
    expect(decodeAssignment(encodeAssignment({ t: [4, 2] })).get('t')).toEqual([4, 2])
  })

  it('throws a RangeError for bytes that end too early', () => {
    const whole = encodeAssignment({ topic: [0, 1, 2] })
    for (let length = 2; length < whole.length - 4; length++) {
      expect(() => decodeAssignment(whole.subarray(0, length))).toThrow(RangeError)
    }
  })
})
