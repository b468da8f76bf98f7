import { describe, expect, test } from 'vitest'
import { joinPlaceOf } from '#components/stage/join-place.ts'
import { phonesByPart, phonesIn } from '#components/stage/phones.ts'
import { drawCords } from '#components/stage/seat-cords.ts'
import { layoutSeats } from '#components/stage/seat-layout.ts'
import { SeatPlan } from '#components/stage/seat-plan.ts'
import { stepByKey } from '#components/stage/use-stage-keys.ts'
import { partitionMark, seatWords, stillVoting } from '#components/words/seats.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { partPlayedBy } from '#lib/lessons/parts.ts'

const WIDTH = 546
const HEIGHT = 274
const crowd = (count: number, group?: string) =>
  Array.from({ length: count }, (_, index) => ({
    id: `${group ?? 'c'}-${index}`,
    ...(group ? { group } : {}),
  }))
const layout = (counts: number[], name: string | null = null) =>
  layoutSeats(
    counts.map((count, index) => ({ name: name && `${name}-${index}`, seats: crowd(count) })),
    WIDTH,
    HEIGHT,
  )

describe('a seat', () => {
  test('never moves while others come and go, and whoever comes back sits where they sat', () => {
    const plan = new SeatPlan()
    const all = crowd(5)
    plan.seat(all, false)
    const without = all.filter(({ id }) => id !== 'c-1' && id !== 'c-3')
    expect(plan.seat(without, false)).toEqual([{ name: null, seats: ['c-0', null, 'c-2', null, 'c-4'] }])
    const back = { id: 'c-3' }
    const late = { id: 'late' }
    expect(plan.seat([...without, back, late], false)).toEqual([
      { name: null, seats: ['c-0', 'late', 'c-2', 'c-3', 'c-4'] },
    ])
    expect(plan.seat([], false)[0]?.seats).toHaveLength(5)
  })

  test('stands in the rows of its group, and in those of another once it has changed to it', () => {
    const plan = new SeatPlan()
    const readers = [...crowd(2, 'analytics'), ...crowd(1, 'audit')]
    expect(plan.seat(readers, true)).toEqual([
      { name: 'analytics', seats: ['analytics-0', 'analytics-1'] },
      { name: 'audit', seats: ['audit-0'] },
    ])
    const moved = readers.map((one) => (one.id === 'analytics-1' ? { ...one, group: 'audit' } : one))
    expect(plan.seat(moved, true)).toEqual([
      { name: 'analytics', seats: ['analytics-0', null] },
      { name: 'audit', seats: ['audit-0', 'analytics-1'] },
    ])
  })

  test('costs nothing while nothing changes: the plan stays the same object', () => {
    const plan = new SeatPlan()
    expect(plan.seat(crowd(300), false)).toBe(plan.seat(crowd(300), false))
  })
})

describe('the size of seats', () => {
  test('follows their number: 14 a row at 26 px for 92, and names below a few', () => {
    expect(layout([92])).toMatchObject({ size: 26, columns: 14, nameWidth: null, rowCountX: null })
    expect(layout([3]).nameWidth).toBeGreaterThan(100)
    expect(layout([23, 5], 'group')).toMatchObject({ size: 38, columns: 12 })
  })

  test('never grows with more seats, and all of up to 300 stay inside the map', () => {
    let last = Number.POSITIVE_INFINITY
    for (let count = 1; count <= 300; count += 1) {
      const { size, sections, nameWidth } = layout([count])
      // Names stand below larger seats than those without a name that follow.
      if (nameWidth === null) {
        expect(size).toBeLessThanOrEqual(last)
        last = size
      }
      const places = sections[0]?.places ?? []
      expect(places).toHaveLength(count)
      expect(Math.max(...places.map(({ x }) => x + size))).toBeLessThanOrEqual(WIDTH)
      expect(Math.max(...places.map(({ y }) => y + size))).toBeLessThanOrEqual(HEIGHT)
    }
  })

  test('below 18 px is read by rows, each with a number, and groups without room are counted', () => {
    expect(layout([300]).rowCountX).toBeGreaterThan(400)
    expect(layout([253]).size).toBeGreaterThanOrEqual(18)
    const many = layout(
      Array.from({ length: 12 }, () => 40),
      'group',
    )
    expect(many.left).toBeGreaterThan(0)
    expect(many.left + many.sections.length).toBe(12)
  })
})

test('a lone seat has a cord of its own, a fan-out a rail with a drop to each column', () => {
  const places = layout([92])
  const alone = drawCords(places, [[35]])
  expect(alone.paths).toHaveLength(1)
  expect(alone.ports).toEqual([6])
  const everybody = drawCords(places, [Array.from({ length: 92 }, (_, index) => index)])
  expect(everybody.paths).toHaveLength(1 + 14)
  expect(drawCords(places, [[]])).toEqual({ paths: [], ports: [] })
  const log = drawCords(layout([23, 5], 'group'), [[1], [1]])
  expect(log.paths).toHaveLength(2)
  expect(log.ports).toHaveLength(2)
})

test('seats say in words what they show', () => {
  const seat = { consumer: 'worker-36', message: '#7', holding: 0 }
  expect(seatWords({ ...seat, state: 'lit' })).toBe('worker-36, got #7')
  expect(seatWords({ ...seat, owner: 'Ada', state: 'away' })).toBe('worker-36 of Ada, away')
  expect(seatWords({ ...seat, consumer: 'reader-4', group: 'analytics', state: 'idle' })).toBe(
    'reader-4 in analytics, idle, owns no partition',
  )
  expect(seatWords({ ...seat, state: 'holding', holding: 2 })).toBe('worker-36, holding 2')
  expect([partitionMark([1], 3), partitionMark([2, 0, 1], 4), partitionMark([0, 2], 4)]).toEqual([
    ...['p1', 'p0–2', '2p'],
  ])
  expect([stillVoting(212, 200), stillVoting(0, 3), stillVoting(3, 3)]).toEqual([
    ...['12 still voting', null, null],
  ])
})

test('people join at the best address that the server names, else at the one of this page, unless that is loopback', () => {
  const share = { sharing: true, code: '7KM4TX', addresses: ['http://10.0.4.21:3000/join/7KM4TX'] }
  expect(joinPlaceOf(share, 'http://localhost:3000')).toEqual({
    address: '10.0.4.21:3000/join',
    code: '7KM 4TX',
    url: 'http://10.0.4.21:3000/join/7KM4TX',
    reachable: true,
  })
  const below = { ...share, addresses: ['https://demo.example/switchboard/join/7KM4TX'] }
  expect(joinPlaceOf(below, 'http://localhost:3000').address).toBe('demo.example/switchboard/join')
  const unnamed = { sharing: false, code: '7KM4TX', addresses: [] }
  expect(joinPlaceOf(unnamed, 'http://127.0.0.1:3000')).toMatchObject({
    ...{ address: '127.0.0.1:3000/join', reachable: false },
  })
  expect(joinPlaceOf(unnamed, 'http://desk.local:3000')).toMatchObject({
    ...{ url: 'http://desk.local:3000/join/7KM4TX', reachable: true },
  })
})

test('a clicker moves the lesson by a step, up to the page after the last, and other keys move nothing', () => {
  const at = (step: number) => ({ step, steps: 3 })
  expect([
    stepByKey('PageDown', at(0)),
    stepByKey('ArrowRight', at(2)),
    stepByKey('PageDown', at(3)),
  ]).toEqual([...[1, 3, null]])
  expect([stepByKey('PageUp', at(2)), stepByKey('ArrowLeft', at(0)), stepByKey('b', at(1))]).toEqual([
    ...[1, null, null],
  ])
})

describe('in a lesson whose consumers the hall plays', () => {
  const parts = ['rabbitmq:jobs:worker-1', 'rabbitmq:jobs:worker-2']
  const people = [
    { id: 'presenter', name: 'Ada', colour: 0 },
    ...Array.from({ length: 12 }, (_, n) => ({ id: `p-${n}`, name: `P ${n}`, colour: 0, phone: true })),
  ]
  const feedOf = (lesson: object | null) =>
    ({ views: { people, lesson, destinations: [] } }) as unknown as Feed

  test('each part has the phones whose people play it, and the presenter’s desk is none of them', () => {
    const counts = phonesByPart(feedOf({ parts, run: 'r1' }))
    expect([...counts.keys()]).toEqual(parts)
    expect([...counts.values()].reduce((sum, count) => sum + count)).toBe(12)
    const first = people.slice(1).filter(({ id }) => partPlayedBy(parts, 'r1', id) === parts[0])
    expect(counts.get('rabbitmq:jobs:worker-1')).toBe(first.length)
    expect(phonesIn(feedOf({ parts, run: 'r1' }))).toBe(12)
  })

  test('a seat says how many phones play it; without parts none does', () => {
    expect(phonesByPart(feedOf(null)).size).toBe(0)
    const words = { consumer: 'worker-1', state: 'live', message: '#7', holding: 0 } as const
    expect(seatWords({ ...words, phones: 9 })).toBe('worker-1, listening, played by 9 phones')
    expect(seatWords(words)).toBe('worker-1, listening')
  })
})
