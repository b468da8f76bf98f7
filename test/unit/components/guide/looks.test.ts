import { expect, test } from 'vitest'
import { restingFeed } from '#components/feed/resting-feed.ts'
import { looksFor } from '#components/guide/looks.ts'
import type { Someone } from '#components/guide/steps.ts'
import { manifestOf } from '#lib/brokers/catalog.ts'
import type { Feed } from '#lib/feed/feed.ts'
import type { DestinationView } from '#lib/ledger/model/views.ts'
import type { ConsumerState } from '#lib/protocol/room.ts'

/** One consumer of a system's classic destination. */
function one(system: string): Someone {
  const { name: destination, mode } = manifestOf(system)?.classic ?? { name: '', mode: 'queue' }
  const who = { id: `${system}:${destination}:one`, name: 'one', system, destination, mode }
  return {
    ...who,
    state: 'crashed',
    canCrash: true,
    canPause: true,
    keepsForAbsent: true,
    got: false,
    others: 0,
  }
}

/** A room in which that consumer is in this state now. */
function room(who: Someone, state: ConsumerState): Feed {
  const view = { consumers: [{ id: who.id, name: who.name, state }] } as unknown as DestinationView
  const destination: Feed['views']['destination'] = (system) => (system === who.system ? view : undefined)
  return { ...restingFeed, views: { ...restingFeed.views, destination } }
}

const afterCrash = (system: string, state: ConsumerState) =>
  looksFor({ id: 'take-away', before: [], crashed: one(system) }, room(one(system), state)).map(
    ({ words }) => words,
  )

test('a crashed subscriber loses what is published while it is away, and nothing once it is back', () => {
  expect(afterCrash('redis', 'crashed')).toEqual([expect.stringContaining('what comes now is lost to it')])
  expect(afterCrash('redis', 'attached')).toEqual(['one is back: what came meanwhile is lost to it'])
})

test('what waits for a crashed worker or reader is said until it is back', () => {
  expect(afterCrash('rabbitmq', 'crashed')).toEqual([expect.stringContaining('cut off without a goodbye')])
  expect(afterCrash('rabbitmq', 'attached')).toEqual(['one is back, and takes what comes next'])
  expect(afterCrash('kafka', 'attached')).toEqual(['one is back, and gets what came meanwhile'])
})

test('a paused consumer receives nothing until somebody resumes it', () => {
  const paused: Someone = { ...one('redis'), state: 'paused' }
  const words = (state: ConsumerState) =>
    looksFor(
      { id: 'send-away', since: 1, before: [], crashed: null, others: [paused] },
      room(paused, state),
    )[0]?.words
  expect(words('paused')).toContain('takes nothing in')
  expect(words('attached')).toBe('one takes messages in again')
})
