import { expect, test } from 'vitest'
import { gapWords } from '#components/words/gaps.ts'
import type { EventOf } from '#lib/protocol/events.ts'

const hole: EventOf<'gap'> = {
  kind: 'gap',
  epoch: 'e',
  seq: 224,
  at: 0,
  room: 'lobby',
  evidence: 'client',
  from: 1,
  to: 224,
  reason: 'not-held',
}

test('the sizes of all holes in the stream are said together, not that of the newest alone', () => {
  expect(gapWords(hole, 20_224)).toBe('20,224 events are no longer kept and not shown here.')
  expect(gapWords({ ...hole, reason: 'slow-reader' }, 1)).toMatch(/: 1 event is not shown\.$/)
})

test('a hole whose events the server has counted says so', () => {
  const counts = { numbered: 7, destinations: [], loads: [] }
  expect(gapWords({ ...hole, counts }, 224)).toMatch(/ The counts include them\.$/)
})

test('a hole of unknown size is said to be one', () => {
  expect(gapWords(hole, 0)).toMatch(/^Some events/)
})
