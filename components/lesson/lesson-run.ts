import type { Feed } from '#lib/feed/feed.ts'
import { LessonView } from '#lib/lessons/lesson-view.ts'
import { Places } from '#lib/lessons/places.ts'
import { notReady } from '#lib/lessons/scene-ready.ts'
import { screenSteps } from '#lib/lessons/screen-steps.ts'
import { type BrokerFaults, doStep, noteStep } from '#lib/lessons/steps.ts'
import { allHold, HOLDS_WITHIN_MS, holdAndStay, waitFor } from '#lib/lessons/waiting.ts'
import type { CommandInput } from '#lib/protocol/command-table.ts'
import type { BrokerFault } from '#lib/protocol/faults.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import type { Expectation } from '#lib/protocol/lesson-expectation.ts'
import type { LessonMove, RoomLesson } from '#lib/protocol/lesson-state.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { pollUntil } from '#lib/util/poll-until.ts'
import { errorWords } from '../words/errors.ts'
import { listed } from '../words/sentence.ts'
import { lessonRoomOf } from './feed-room.ts'
import { gradeVote } from './room-vote.ts'

/** What this page knows of the lesson in its room: the messages of the steps that are done, and the ledger of the feed. */
export function lessonViewOf(feed: Feed, lesson: Lesson, { run, done }: RoomLesson): LessonView {
  const view = new LessonView(feed.views, new Places(lesson.scene))
  for (const { acts } of screenSteps(lesson).slice(0, done)) {
    for (const { step, place } of acts) noteStep(step, place, { view, run })
  }
  return view
}

/** Throws, with words, where the room is not to be moved. */
export async function moveLesson(feed: Feed, move: LessonMove): Promise<void> {
  const reply = await feed.command('lesson:move', move)
  if (!reply.ok) throw new Error(errorWords(reply.code, reply))
}

/** The brokers of the dashboard, where it may stop them: the room's own faults. */
function brokersOf(feed: Feed): BrokerFaults {
  const make = async (system: SystemId, fault: BrokerFault) => {
    const reply = await feed.command('broker:fault', { system, fault })
    if (!reply.ok) throw new Error(errorWords(reply.code, reply))
  }
  return {
    can: (system) => feed.views.broker(system)?.faults?.may === true,
    stop: (system) => make(system, 'kill'),
    start: (system) => make(system, 'restart'),
    pause: (system) => make(system, 'pause'),
    resume: (system) => make(system, 'resume'),
  }
}

async function waitForScene(feed: Feed, { scene }: Lesson): Promise<void> {
  if (await pollUntil(HOLDS_WITHIN_MS, () => notReady(scene, feed.views).length === 0)) return
  throw new Error(`Not ready: ${listed(notReady(scene, feed.views))}. Is its broker up?`)
}

/** Does a step of the screen in the room, moves everybody on, and after the last one shows what happened. Rejects with words. */
export async function runScreenStep(
  feed: Feed,
  lesson: Lesson,
  state: RoomLesson,
  index: number,
): Promise<void> {
  const steps = screenSteps(lesson)
  const step = steps[index]
  if (step === undefined) return await reveal(feed, lesson, state)
  const { run } = state
  const view = lessonViewOf(feed, lesson, { ...state, done: index })
  await waitForScene(feed, index === 0 ? lesson : { ...lesson, scene: { ...lesson.scene, destinations: [] } })
  if (!step.isBefore && state.phase === 'question') await moveLesson(feed, { run, phase: 'running' })
  const stage = {
    ...{ room: lessonRoomOf(feed), view, run, brokers: brokersOf(feed), onStep: undefined },
    waitFor: (all: readonly Expectation[]) => waitFor(all, view),
  }
  for (const act of step.acts) await doStep(act.step, act.place, stage)
  const done = index + 1
  await moveLesson(feed, { run, done, step: done })
  if (done === steps.length) await reveal(feed, lesson, { ...state, done })
}

/** Waits until what the lesson expects is true and stays so, or for as long as that may take; then shows what happened. */
async function reveal(feed: Feed, lesson: Lesson, state: RoomLesson): Promise<void> {
  const view = lessonViewOf(feed, lesson, { ...state, done: state.steps })
  const isOver = () => feed.views.lesson?.run !== state.run || feed.views.lesson.phase === 'revealed'
  await holdAndStay(() => allHold(lesson.expect, view), isOver)
  if (isOver()) return
  await gradeVote(feed, lesson, state, allHold(lesson.expect, view))
  await moveLesson(feed, { run: state.run, step: state.steps, phase: 'revealed' })
}

/** Begins a lesson, or the room's own anew where none is named: the room is brought back to its scene. Rejects with words. */
export async function beginLesson(feed: Feed, asked: CommandInput<'lesson:open'>): Promise<void> {
  const reply = await feed.command('lesson:open', asked)
  if (!reply.ok) throw new Error(errorWords(reply.code, reply))
}
