import { describe, expect, it } from 'vitest'
import type { AssignmentChange } from '#lib/brokers/contract.ts'
import { GroupAssignments } from '#lib/brokers/kafka/group-assignments.ts'

function watched() {
  const assignments = new GroupAssignments()
  const changes: AssignmentChange[] = []
  assignments.onChange((change) => void changes.push(change))
  const short = () =>
    changes.map(({ phase, cause, members }) => [
      phase,
      cause ? `${cause.what} ${cause.consumer ?? ''}`.trim() : '',
      Object.fromEntries(members.map(({ consumer, partitions }) => [consumer, partitions])),
    ])
  return { group: assignments.of('topic', 'group'), changes, short }
}

describe('a group’s assignment', () => {
  it('is stable only when every member has joined again', () => {
    const { group, short } = watched()
    group.joining('a')
    group.joined('a', [0, 1, 2], 1)
    group.joining('b')
    group.rebalancing('a')
    group.joined('b', [2], null)
    expect(short().at(-1)?.[0]).toBe('rebalancing')
    group.joined('a', [0, 1], null)
    expect(short()).toEqual([
      ['rebalancing', 'join a', { a: [] }],
      ['stable', '', { a: [0, 1, 2] }],
      ['rebalancing', 'join b', { a: [0, 1, 2], b: [] }],
      ['stable', '', { a: [0, 1], b: [2] }],
    ])
  })

  it('carries the generation only of its own rebalance', () => {
    const { group, changes } = watched()
    group.joining('a')
    group.joined('a', [0], 7)
    group.rebalancing('a')
    group.joined('a', [0], null)
    expect(changes.map(({ generation }) => generation)).toEqual([null, 7, null, null])
  })

  it('keeps the partitions of a crashed member until the others have to join again, and names it as the cause then', () => {
    const { group, short } = watched()
    group.joining('a')
    group.joining('b')
    group.joined('a', [0, 1], null)
    group.joined('b', [2], null)
    group.crashed('a')
    expect(short()).toHaveLength(2)
    group.rebalancing('b')
    group.joined('b', [0, 1, 2], null)
    expect(short().slice(2)).toEqual([
      ['rebalancing', 'evict a', { a: [0, 1], b: [2] }],
      ['stable', '', { b: [0, 1, 2] }],
    ])
  })

  it('is stable without members when the last one leaves', () => {
    const { group, short } = watched()
    group.joining('a')
    group.joined('a', [0], null)
    group.left('a')
    group.left('a')
    expect(short().slice(2)).toEqual([['stable', 'leave a', {}]])
  })

  it('names no cause when a member of another program changes it', () => {
    const { group, short } = watched()
    group.joining('a')
    group.joined('a', [0, 1], null)
    group.rebalancing('a')
    group.joined('a', [0], null)
    expect(short().slice(2)).toEqual([
      ['rebalancing', 'unknown', { a: [0, 1] }],
      ['stable', '', { a: [0] }],
    ])
  })

  it('reports the loss of the broker once, and is stable when all members are back', () => {
    const { group, short } = watched()
    group.joining('a')
    group.joining('b')
    group.joined('a', [0], null)
    group.joined('b', [1], null)
    group.lost('a')
    group.lost('b')
    group.joined('a', [0], null)
    group.joined('b', [1], null)
    expect(short().slice(2)).toEqual([
      ['rebalancing', 'lost a', { a: [0], b: [1] }],
      ['stable', '', { a: [0], b: [1] }],
    ])
  })
})
