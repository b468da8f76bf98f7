import type { SystemId } from '#lib/protocol/names.ts'
import type { Room } from '#lib/rooms/contract.ts'
import { pollUntil } from '#lib/util/poll-until.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { Expectation } from '../expectation.ts'
import type { LessonFault, LessonStep } from '../lesson.ts'
import type { LessonView } from '../lesson-view.ts'
import { idOf } from '../places.ts'

/** Brokers that are ours to stop: faults that a lesson asks for. */
export interface BrokerFaults {
  can(system: SystemId): boolean
  stop(system: SystemId): Promise<void>
  start(system: SystemId): Promise<void>
}

export interface LessonStage {
  room: Room
  view: LessonView
  brokers: BrokerFaults | undefined
  waitFor(all: readonly Expectation[]): Promise<void>
  onStep: ((words: string) => void) | undefined
}

const NUMBER = '{n}'
/** From a broker's stop until its drivers have noticed, and from its start until it is up again. */
const BROKER_WITHIN_MS = 60_000

/** What a slow, busy machine may take for the load of a lesson. */
const LOAD_WITHIN_MS = 60_000

/** Does one step of a lesson by the room's own commands. Rejects where it cannot be done. */
export async function doStep(step: LessonStep, stage: LessonStage): Promise<void> {
  const { room, view, waitFor, onStep } = stage
  if ('say' in step) return onStep?.(step.say)
  if ('wait-for' in step) return await waitFor(step['wait-for'])
  onStep?.(JSON.stringify(step))
  if ('send' in step) return await send(step.send, stage)
  if ('load' in step) return await load(step.load, stage)
  if ('add' in step) return await add(step.add, stage)
  if ('remove' in step) return await room.removeConsumer(consumerId(step.remove, view))
  if ('set' in step) return await set(step.set, stage)
  if ('settle' in step) return await settle(step.settle, stage)
  if ('fault' in step) return await makeFault(step.fault, stage)
  if ('seek' in step) {
    const { consumer, to } = step.seek
    await room.commandConsumer(consumerId(consumer, view), 'seek', { seek: to })
    return
  }
  return unreachable(step)
}

type Of<K extends string> = Extract<LessonStep, Record<K, unknown>>[K &
  keyof Extract<LessonStep, Record<K, unknown>>]

const consumerId = (ref: string, view: LessonView): string => idOf(view.places.consumer(ref))

async function send(asked: Of<'send'>, { room, view }: LessonStage): Promise<void> {
  const { to, text, times, key, headers, settings, as } = asked
  const places = [to].flat().map((ref) => view.places.destination(ref))
  for (let n = 1; n <= times; n += 1) {
    const numbered = (words: string) => words.replaceAll(NUMBER, String(n))
    const { id, outcomes } = await room.publish({
      text: numbered(text),
      ...(key === undefined ? {} : { key: numbered(key) }),
      ...{ headers, settings },
      to: places.map(({ system, name }) => ({ system, destination: name })),
    })
    view.noteSent(as, { id, text: numbered(text) })
    const refused = Object.values(outcomes).find(({ ok }) => !ok)
    if (refused?.ok === false) throw new Error(`it could not be sent: ${refused.message}`)
  }
}

async function load({ to, ...input }: Of<'load'>, { room, view }: LessonStage): Promise<void> {
  const { system, name } = view.places.destination(to)
  const { id } = await room.startLoad({ system, destination: name, ...input })
  const state = async () => (await room.snapshot()).loads.find((one) => one.id === id)?.state
  await pollUntil(LOAD_WITHIN_MS, async () => (await state()) !== 'running')
  if ((await state()) !== 'done') throw new Error(`the load on ${name} is ${await state()}`)
}

async function add({ to, ...consumer }: Of<'add'>, { room, view }: LessonStage): Promise<void> {
  const place = view.places.destination(to)
  view.places.add(place, consumer)
  await room.addConsumer({ system: place.system, destination: place.name, ...consumer })
}

async function set(
  { consumer, destination, settings }: Of<'set'>,
  { room, view }: LessonStage,
): Promise<void> {
  if (consumer !== undefined) await room.updateConsumer(consumerId(consumer, view), settings)
  if (destination !== undefined) {
    const { system, name } = view.places.destination(destination)
    await room.updateDestination(`${system}:${name}`, settings)
  }
}

async function settle({ consumer, verb, of }: Of<'settle'>, { room, view }: LessonStage): Promise<void> {
  const held = view.arrivals(of, consumer).filter(({ state }) => state === 'in-hand')
  if (held.length === 0) throw new Error(`${consumer} holds nothing that could be settled`)
  for (const { delivery } of held) {
    await room.commandConsumer(consumerId(consumer, view), verb, { delivery })
  }
}

async function makeFault(fault: LessonFault, { room, view, brokers }: LessonStage): Promise<void> {
  if ('stop-broker' in fault || 'start-broker' in fault) {
    const isStop = 'stop-broker' in fault
    const system = isStop ? fault['stop-broker'] : fault['start-broker']
    await (isStop ? brokers?.stop(system) : brokers?.start(system))
    const isUp = async () =>
      (await room.snapshot()).brokers.some((one) => one.system === system && one.status === 'up')
    if (await pollUntil(BROKER_WITHIN_MS, async () => (await isUp()) !== isStop)) return
    throw new Error(`${system} did not ${isStop ? 'stop' : 'start'}`)
  }
  for (const [command, ref] of Object.entries(fault)) {
    if (!isCommand(command)) throw new Error(`there is no fault ${command}`)
    await room.commandConsumer(consumerId(ref, view), command)
  }
}

const isCommand = (name: string): name is 'pause' | 'resume' | 'crash' | 'start' =>
  ['pause', 'resume', 'crash', 'start'].includes(name)
