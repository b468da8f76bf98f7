import { randomBytes, randomUUID } from 'node:crypto'
import { createLedger } from '#lib/ledger/ledger.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import type { Expectation } from '#lib/protocol/lesson-expectation.ts'
import type { LessonMove } from '#lib/protocol/lesson-state.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { Room, Rooms } from '#lib/rooms/contract.ts'
import { pollUntil } from '#lib/util/poll-until.ts'
import { type Outcome, outcomeOf } from '../expectations.ts'
import { lessonToOpen } from '../lesson-to-open.ts'
import { LessonView } from '../lesson-view.ts'
import { Places } from '../places.ts'
import { screenSteps } from '../screen-steps.ts'
import { type BrokerFaults, doStep, type LessonStage } from '../steps.ts'
import { allHold, HOLDS_WITHIN_MS, holdAndStay, outcomesOf, waitFor } from '../waiting.ts'
import { enterHall, type Hall } from './hall.ts'

export interface LessonOptions {
  rooms: Rooms
  /** Absent: no broker may be stopped, and a lesson that asks for it is left out. */
  brokers?: BrokerFaults
  /** How many people with phones are in the room, who sit beside the lesson's consumers or play them, and vote. */
  seats?: number
  /** What is done, as it is done. */
  onStep?: (words: string) => void
  /** The room's lesson and the beginning of the room's own name are called so. */
  name?: string
  /** Awaited once the scene is ready; what it resolves with is called when the lesson is over, before the room is removed. */
  watch?: (room: Room) => Promise<() => void>
}

export type LessonResult =
  | { kind: 'left-out'; reason: string }
  /** `trouble`: a step could not be done. */
  | { kind: 'run'; holds: boolean; outcomes: Outcome[]; trouble?: string; seconds: number }

const ROOM_NAME_BYTES = 4
/** Of the lesson's name, so that a room's name stays within its 32 characters. */
const LESSON_NAME_MAX = 23

/** Runs a lesson in a room of its own, which is removed afterwards. Rejects for the room's own failures only. */
export async function runLesson(lesson: Lesson, options: LessonOptions): Promise<LessonResult> {
  const reason = cannotRun(lesson, options.brokers)
  if (reason !== undefined) return { kind: 'left-out', reason }
  const began = performance.now()
  const { name: lessonName = 'lesson' } = options
  const name = `${lessonName.substring(0, LESSON_NAME_MAX)}-${randomBytes(ROOM_NAME_BYTES).toString('hex')}`
  const { room } = await options.rooms.create(name, { lesson: lessonToOpen(lessonName, lesson) })
  const stopWatching = await room.watch()
  try {
    const result = await play(lesson, room, options)
    return { kind: 'run', ...result, seconds: (performance.now() - began) / 1000 }
  } finally {
    stopWatching()
    await options.rooms.remove(name)
  }
}

/** The systems whose brokers a lesson stops or pauses: it has them to itself. */
export const brokersStoppedBy = ({ before, steps }: Lesson): SystemId[] =>
  [...before, ...steps].flatMap((step) => {
    if (!('fault' in step)) return []
    if ('stop-broker' in step.fault) return [step.fault['stop-broker']]
    return 'pause-broker' in step.fault ? [step.fault['pause-broker']] : []
  })

function cannotRun(lesson: Lesson, brokers: BrokerFaults | undefined): string | undefined {
  const foreign = brokersStoppedBy(lesson).find((system) => !brokers?.can(system))
  return foreign && `it stops ${foreign}, which is not ours to stop here`
}

async function play(lesson: Lesson, room: Room, options: LessonOptions) {
  const { brokers, onStep, watch, seats = 0 } = options
  const ledger = createLedger()
  const view = new LessonView(ledger, new Places(lesson.scene))
  await followRoom(room, ledger)
  let stopWatching: (() => void) | undefined
  let hall: Hall | undefined
  try {
    if (seats > 0) hall = await enterHall(room, lesson, seats)
    await ready(room)
    stopWatching = await watch?.(room)
    const run = (await room.snapshot()).lesson?.run ?? randomUUID()
    await doSteps(
      lesson,
      { room, view, run, brokers, waitFor: (all: readonly Expectation[]) => waitFor(all, view), onStep },
      async (move) => {
        // What is asked is asked until the first of its steps begins.
        if (move.phase === 'running') await hall?.vote(run)
        await room.moveLesson(move)
      },
    )
    const asExpected = await holdAndStay(() => allHold(lesson.expect, view))
    const graded = hall === undefined ? [] : [await hall.reveal(asExpected)]
    await room.moveLesson({ run, phase: 'revealed' })
    const holds = asExpected && graded.every((one) => one.holds)
    return { holds, outcomes: [...outcomesOf(lesson.expect, view), ...graded] }
  } catch (error) {
    const trouble = error instanceof Error ? error.message : String(error)
    return { holds: false, outcomes: comparable(lesson.expect, view), trouble }
  } finally {
    stopWatching?.()
    hall?.leave()
  }
}

/**
 * The outcomes of a lesson that broke off. An expectation about a consumer that a later step would have added is left out:
 * nobody of that name was ever there.
 */
const comparable = (all: readonly Expectation[], view: LessonView): Outcome[] =>
  all.flatMap((one) => {
    try {
      return [outcomeOf(one, view)]
    } catch {
      return []
    }
  })

/** All steps, in their order. The room's lesson is moved along as from the screen, so that a recording says which step it was. */
async function doSteps(
  lesson: Lesson,
  stage: LessonStage,
  moveLesson: (move: LessonMove) => Promise<unknown>,
): Promise<void> {
  const onScreen = screenSteps(lesson)
  const { run } = stage
  let done = 0
  let isOpen = true
  for (const [place, step] of [...lesson.before, ...lesson.steps].entries()) {
    const current = onScreen[done]
    if (isOpen && current?.isBefore === false && current.acts[0]?.place === place) {
      await moveLesson({ run, phase: 'running' })
      isOpen = false
    }
    await doStep(step, place, stage)
    if (current?.acts.at(-1)?.place !== place) continue
    done += 1
    await moveLesson({ run, done, step: done })
  }
}

/** Feeds the ledger with all that happens in the room, from its first event on. */
async function followRoom(room: Room, ledger: ReturnType<typeof createLedger>): Promise<void> {
  room.onEvent((event) => ledger.apply(event))
  ledger.reset(await room.snapshot())
}

/** Everything is declared, and everybody there. */
async function ready(room: Room): Promise<void> {
  const missing = async () => {
    const { destinations, consumers } = await room.snapshot()
    return [
      ...destinations
        .filter(({ state }) => state !== 'declared')
        .map(({ id, note }) => `${id} ${note ?? ''}`),
      ...consumers
        .filter(({ state }) => state !== 'attached')
        .map(({ id, reason }) => `${id} ${reason ?? ''}`),
    ]
  }
  if (await pollUntil(HOLDS_WITHIN_MS, async () => (await missing()).length === 0)) return
  throw new Error(`the scene is not ready: ${(await missing()).join(', ')}`)
}
