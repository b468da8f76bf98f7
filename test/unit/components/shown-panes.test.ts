import { expect, test } from 'vitest'
import { shownPanes } from '#components/lane/shown-panes.ts'
import type { Consumer } from '#lib/protocol/room.ts'

const workers = (count: number): Consumer[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ id: `rabbitmq:mailbox:worker-${index + 1}`, name: `worker-${index + 1}`, system: 'rabbitmq' },
    ...{ destination: 'mailbox', settings: {}, state: 'attached' as const },
  }))
const traced = (...names: string[]) => new Map(names.map((name) => [name, true]))

test('a lane with a few consumers draws a pane for each', () => {
  expect(shownPanes(workers(24), traced())).toMatchObject({ left: 0, shown: { length: 24 } })
})

test('of a hall of consumers the first are drawn, and those that have the traced message; the rest are counted', () => {
  const { shown, left } = shownPanes(workers(212), traced('worker-3', 'worker-188'))
  expect(shown.map(({ name }) => name)).toEqual([...workers(20).map(({ name }) => name), 'worker-188'])
  expect(left).toBe(191)
  expect(shownPanes(workers(212), traced(...workers(212).map(({ name }) => name)))).toMatchObject({
    left: 188,
    shown: { length: 24 },
  })
})
