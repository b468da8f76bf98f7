import type {
  AddConsumer,
  CommandArguments,
  ConsumerCommand,
  Publish,
  PublishReply,
  StartLoad,
} from '#lib/protocol/command-schemas.ts'
import type { ConsumerFault } from '#lib/protocol/faults.ts'
import type { LessonFault, LessonStep } from '#lib/protocol/lesson.ts'
import type { Expectation } from '#lib/protocol/lesson-expectation.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { pollUntil } from '#lib/util/poll-until.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { LessonView, SentMessage } from './lesson-view.ts'
import { lessonMessageId } from './message-ids.ts'
import { idOf } from './places.ts'

/** Brokers that are ours to stop: faults that a lesson asks for. */
export interface BrokerFaults {
  can(system: SystemId): boolean
  stop(system: SystemId): Promise<void>
  start(system: SystemId): Promise<void>
  pause(system: SystemId): Promise<void>
  resume(system: SystemId): Promise<void>
}

/**
 * What the steps of a lesson do in a room: a room of this process, or one that a browser has joined. All reject with the
 * reason where it cannot be done.
 */
export interface LessonRoom {
  publish(input: Publish): Promise<PublishReply>
  addConsumer(input: AddConsumer): Promise<unknown>
  removeConsumer(id: string): Promise<unknown>
  updateConsumer(id: string, settings: Settings): Promise<unknown>
  updateDestination(id: string, settings: Settings): Promise<unknown>
  commandConsumer(id: string, command: ConsumerCommand, given?: CommandArguments): Promise<unknown>
  faultConsumer(id: string, fault: ConsumerFault): Promise<unknown>
  startLoad(input: StartLoad): Promise<{ id: string }>
}

export interface LessonStage {
  room: LessonRoom
  /** Its ledger follows the room. */
  view: LessonView
  /** The id of the run, which message ids are made of. */
  run: string
  brokers: BrokerFaults | undefined
  waitFor(all: readonly Expectation[]): Promise<void>
  onStep: ((words: string) => void) | undefined
}

const NUMBER = '{n}'
/** From a broker's stop until its drivers have noticed, and from its start until it is up again. */
const BROKER_WITHIN_MS = 60_000

/** What a slow, busy machine may take for the load of a lesson. */
const LOAD_WITHIN_MS = 60_000

/**
 * Does one step of a lesson by the room's own commands; `place` is its place among all steps of the lesson. Rejects where
 * it cannot be done.
 */
export async function doStep(step: LessonStep, place: number, stage: LessonStage): Promise<void> {
  const { room, view, waitFor, onStep } = stage
  if ('say' in step) return onStep?.(step.say)
  if ('wait-for' in step) return await waitFor(step['wait-for'])
  onStep?.(JSON.stringify(step))
  noteStep(step, place, stage)
  if ('send' in step) return await send(step.send, place, stage)
  if ('load' in step) return await load(step.load, stage)
  if ('add' in step) return await add(step.add, stage)
  if ('remove' in step) {
    await room.removeConsumer(consumerId(step.remove, view))
    return
  }
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

const numbered = (words: string, n: number) => words.replaceAll(NUMBER, String(n))

/** The messages that a step sends, in their order. */
const messagesOf = ({ text, times }: Of<'send'>, place: number, run: string): SentMessage[] =>
  Array.from({ length: times }, (_, index) => ({
    id: lessonMessageId(run, place, index + 1),
    text: numbered(text, index + 1),
  }))

/** Notes what a step sends and whom it adds, whoever does it. */
export function noteStep(
  step: LessonStep,
  place: number,
  { view, run }: Pick<LessonStage, 'view' | 'run'>,
): void {
  if ('send' in step) {
    for (const message of messagesOf(step.send, place, run)) view.noteSent(step.send.as, message)
  } else if ('add' in step) {
    const { to, ...consumer } = step.add
    view.places.add(view.places.destination(to), consumer)
  }
}

async function send(asked: Of<'send'>, place: number, { room, view, run }: LessonStage): Promise<void> {
  const { to, key, headers, settings } = asked
  const places = [to].flat().map((ref) => view.places.destination(ref))
  for (const [index, { id, text }] of messagesOf(asked, place, run).entries()) {
    const { outcomes } = await room.publish({
      ...{ id, text },
      ...(key === undefined ? {} : { key: numbered(key, index + 1) }),
      ...{ headers, settings },
      to: places.map(({ system, name }) => ({ system, destination: name })),
    })
    const refused = Object.values(outcomes).find(({ ok }) => !ok)
    if (refused?.ok === false) throw new Error(`it could not be sent: ${refused.message}`)
  }
}

async function load({ to, ...input }: Of<'load'>, { room, view }: LessonStage): Promise<void> {
  const { system, name } = view.places.destination(to)
  const { id } = await room.startLoad({ system, destination: name, ...input })
  const state = () => {
    const now = view.ledger.load(system)
    return now?.id === id ? now.state : undefined
  }
  await pollUntil(LOAD_WITHIN_MS, () => !['running', undefined].includes(state()))
  if (state() !== 'done') throw new Error(`the load on ${name} is ${state() ?? 'not known'}`)
}

async function add({ to, ...consumer }: Of<'add'>, { room, view }: LessonStage): Promise<void> {
  const place = view.places.destination(to)
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
  const ofBroker = brokerFaultOf(fault)
  if (ofBroker !== undefined) {
    const { verb, system } = ofBroker
    await brokers?.[verb](system)
    // A driver takes its own time to notice that nobody answers any more.
    if (verb === 'pause') return
    const isUp = () => view.ledger.broker(system)?.status === 'up'
    if (await pollUntil(BROKER_WITHIN_MS, () => isUp() === (verb !== 'stop'))) return
    throw new Error(`${system} did not ${verb}`)
  }
  const ofLine = lineFaultOf(fault)
  if (ofLine !== undefined) return void (await room.faultConsumer(consumerId(ofLine.ref, view), ofLine.fault))
  for (const [command, ref] of Object.entries(fault)) {
    if (!isCommand(command)) throw new Error(`there is no fault ${command}`)
    await room.commandConsumer(consumerId(ref, view), command)
  }
}

function brokerFaultOf(fault: LessonFault) {
  if ('stop-broker' in fault) return { verb: 'stop', system: fault['stop-broker'] } as const
  if ('start-broker' in fault) return { verb: 'start', system: fault['start-broker'] } as const
  if ('pause-broker' in fault) return { verb: 'pause', system: fault['pause-broker'] } as const
  if ('resume-broker' in fault) return { verb: 'resume', system: fault['resume-broker'] } as const
  return undefined
}

function lineFaultOf(fault: LessonFault): { ref: string; fault: ConsumerFault } | undefined {
  if ('slow' in fault) {
    const { consumer, ...slow } = fault.slow
    return { ref: consumer, fault: { kind: 'slow', ...slow } }
  }
  if ('freeze' in fault) return { ref: fault.freeze, fault: { kind: 'freeze' } }
  if ('cut' in fault) return { ref: fault.cut, fault: { kind: 'cut' } }
  return 'mend' in fault ? { ref: fault.mend, fault: { kind: 'none' } } : undefined
}

const isCommand = (name: string): name is 'pause' | 'resume' | 'crash' | 'start' =>
  ['pause', 'resume', 'crash', 'start'].includes(name)
