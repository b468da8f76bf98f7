import { drivers } from '#lib/brokers/drivers.ts'
import { brokersStoppedBy, type LessonResult, runLesson } from '#lib/lessons/runner/run-lesson.ts'
import type { BrokerFaults } from '#lib/lessons/steps.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import { LocalBrokerSlots } from '#lib/rooms/broker-slots.ts'
import type { Room } from '#lib/rooms/contract.ts'
import { createRooms } from '#lib/rooms/rooms.ts'
import { createDisposer } from '#lib/util/disposer.ts'
import type { GivenBrokers } from './brokers.ts'
import { givenBrokers } from './given-brokers.ts'
import { type OwnBroker, startOwnBroker, type TestSystem } from './start-brokers.ts'
import { until } from './until.ts'

/** Lessons mostly wait for brokers: so many run side by side. */
const SIDE_BY_SIDE = 4

const nothing = () => undefined
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** See `LessonOptions`, of which each lesson gets its own. */
interface RunOptions {
  onStep?: ((name: string, words: string) => void) | undefined
  watch?: ((name: string, room: Room) => Promise<() => void>) | undefined
  seats?: number
}

export interface LessonBrokers {
  /** Runs them on these brokers, some side by side, those that stop a broker alone. Results in the order of the lessons. */
  run(lessons: ReadonlyMap<string, Lesson>, options?: RunOptions): Promise<Map<string, LessonResult>>
  /** Idempotent. */
  close(): Promise<void>
}

type At = { url: string; managementUrl?: string | undefined }

/** The brokers that lessons need, with rooms on them: those given, and others of its own, which end with it. */
export async function startLessonBrokers(
  lessons: readonly Lesson[],
  given: GivenBrokers = givenBrokers() ?? {},
): Promise<LessonBrokers> {
  const opened = createDisposer()
  const systems = new Set(lessons.flatMap(({ scene }) => scene.destinations.map(({ system }) => system)))
  const own = new Map<string, OwnBroker>()
  const start = async (system: string): Promise<[string, At]> => {
    const at = given[system as TestSystem]
    if (at !== undefined) return [system, at]
    const broker = await startOwnBroker(system as TestSystem)
    opened.add(broker.close)
    own.set(system, broker)
    return [system, broker]
  }
  try {
    const started = await Promise.allSettled([...systems].map(start))
    const all = new Map(started.map((one) => resultOf(one)))
    const { rooms, close } = await openRooms(all)
    opened.add(close)
    const brokers: BrokerFaults = {
      can: (system) => own.has(system),
      stop: async (system) => own.get(system)?.stop(),
      start: async (system) => own.get(system)?.start(),
      pause: async (system) => own.get(system)?.pause(),
      resume: async (system) => own.get(system)?.resume(),
    }
    return {
      run: (chosen, { onStep, watch, seats = 0 } = {}) =>
        runAll(chosen, (name, lesson) =>
          runLesson(lesson, {
            ...{ rooms, brokers, name, seats },
            ...(onStep && { onStep: (words: string) => onStep(name, words) }),
            ...(watch && { watch: (room: Room) => watch(name, room) }),
          }),
        ),
      close: () => opened.dispose(),
    }
  } catch (error) {
    await opened.dispose()
    throw error
  }
}

function resultOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason
  return settled.value
}

async function openRooms(brokers: ReadonlyMap<string, At>) {
  const opened = createDisposer()
  const slots = new LocalBrokerSlots()
  for (const [system, { url, managementUrl }] of brokers) {
    const make = drivers[system]
    if (!make) throw new Error(`no driver for ${system}`)
    const driver = (await make()).createDriver({
      ...{ url, clientName: `lessons-${process.pid}`, log: silent },
      ...(managementUrl === undefined ? {} : { managementUrl }),
    })
    opened.add(() => driver.close())
    slots.attachDriver(system, driver)
    driver.open()
  }
  const rooms = createRooms({ slots, log: silent })
  opened.add(() => rooms.close())
  await until('the brokers', () =>
    [...brokers.keys()].every((system) => slots.status(system).status === 'up'),
  )
  return { rooms, close: () => opened.dispose() }
}

async function runAll(
  lessons: ReadonlyMap<string, Lesson>,
  run: (name: string, lesson: Lesson) => Promise<LessonResult>,
): Promise<Map<string, LessonResult>> {
  const results = new Map<string, LessonResult>()
  const stopsBrokers = ([, lesson]: [string, Lesson]) => brokersStoppedBy(lesson).length > 0
  const waiting = [...lessons].filter((one) => !stopsBrokers(one))
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results.set(next[0], await run(...next))
    }
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work))
  for (const one of [...lessons].filter(stopsBrokers)) results.set(one[0], await run(...one))
  return new Map(
    [...lessons.keys()].flatMap((name) => {
      const result = results.get(name)
      return result === undefined ? [] : [[name, result] as const]
    }),
  )
}
