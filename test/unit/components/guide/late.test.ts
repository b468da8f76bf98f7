import { expect, test } from 'vitest'
import type { LaneRef } from '#components/feed/lane-ref.ts'
import { restingFeed } from '#components/feed/resting-feed.ts'
import { lateLesson } from '#components/guide/late.ts'
import { catalog } from '#lib/brokers/catalog.ts'
import type { Feed } from '#lib/feed/feed.ts'
import type { GhostView, TraceView, VerdictView } from '#lib/ledger/model/trace-views.ts'
import type { Mode } from '#lib/protocol/names.ts'

const GOT: VerdictView = {
  kind: 'got',
  number: 1,
  got: 2,
  of: 2,
  shape: 'fanout',
  groups: null,
  beyond: [],
  fates: [],
  finished: false,
  by: [],
}

const lanesOf = (mode: Mode): LaneRef[] =>
  catalog.flatMap((manifest) => {
    const modeManifest = manifest.modes[mode]
    return modeManifest ? [{ manifest, mode, modeManifest, destination: 'here', settings: {} }] : []
  })

let version = 0

/** A room in which every lane answers alike, and whose consumers have these ghosts. */
function room(ghosts: Readonly<Record<string, GhostView>> = {}, verdict: VerdictView = GOT): Feed {
  version += 1
  const trace: TraceView = {
    verdict,
    receipt: null,
    kept: null,
    cords: new Map(),
    ghosts: new Map(Object.entries(ghosts)),
  }
  return {
    ...restingFeed,
    trace: { messageId: 'm', pinned: false, since: 0 },
    views: { ...restingFeed.views, version, trace: () => trace },
  }
}

test('three fan-outs, and three logs, look alike until somebody is late', () => {
  expect(lateLesson(room(), lanesOf('fanout'))).toEqual({ kind: 'alike', mode: 'fanout' })
  expect(lateLesson(room(), lanesOf('log'))).toEqual({ kind: 'alike', mode: 'log' })
})

test('queues, and lanes of several modes, differ by themselves', () => {
  expect(lateLesson(room(), lanesOf('queue'))).toBeNull()
  expect(lateLesson(room(), [...lanesOf('log').slice(0, 1), ...lanesOf('fanout').slice(1)])).toBeNull()
})

test('nothing is to be learnt before every lane has answered', () => {
  expect(lateLesson(room({}, { kind: 'waiting', number: 1 }), lanesOf('log'))).toBeNull()
})

test('who came late to a log is offered a replay; to a fan-out nothing is left', () => {
  const late = { 'reader-3': { why: 'sent-before-joining' } } as const
  const lesson = lateLesson(room(late), lanesOf('log'))
  expect(lesson?.kind === 'replay' && lesson.who.map(({ name }) => name)).toEqual([
    'reader-3',
    'reader-3',
    'reader-3',
  ])
  expect(lateLesson(room({ 'subscriber-3': { why: 'sent-before-joining' } }), lanesOf('fanout'))).toBeNull()
})
