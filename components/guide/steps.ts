import type { Mode, SystemId } from '#lib/protocol/names.ts'
import type { ConsumerState } from '#lib/protocol/room.ts'

/**
 * The first minute as a pure machine: what a room's events say moves it on, whoever caused them. A step is done when
 * its fact is there, also when a person did it with another button than the one that was pointed out.
 */

/** A consumer as the steps see it. */
export interface Someone {
  id: string
  name: string
  system: SystemId
  destination: string
  mode: Mode
  state: ConsumerState
  canCrash: boolean
  canPause: boolean
  /** What is sent while it is away waits for it; otherwise it misses that. */
  keepsForAbsent: boolean
  /** It has the traced message. */
  got: boolean
  /** How many others of its destination have the traced message too. */
  others: number
}

export interface GuideFacts {
  /** The traced message's number; 0 while there is none. */
  traced: number
  /** Every broker that is up has answered for the traced message. */
  answered: boolean
  /** Those a message is sent to, on the destinations that the lanes show. */
  consumers: readonly Someone[]
}

/** Who was taken away: the one who got the first message, and those of the other destinations. */
interface Away {
  crashed: Someone | null
  others: readonly Someone[]
}

export type GuideStep =
  /** A message later than number `since` is to be sent. */
  | { id: 'send'; since: number }
  /** `before` were away when the step began: they count for nothing. */
  | { id: 'crash'; before: readonly string[] }
  | ({ id: 'take-away'; before: readonly string[] } & Pick<Away, 'crashed'>)
  /** Whoever goes away until the message is sent counts as taken away. */
  | ({ id: 'send-away'; since: number; before: readonly string[] } & Away)
  | ({ id: 'bring-back' } & Away)
  | ({ id: 'end' } & Away)

/** In their order; the end is none of them. */
export const STEP_IDS = ['send', 'crash', 'take-away', 'send-away', 'bring-back'] as const

export const firstStep = (since: number): GuideStep => ({ id: 'send', since })

const isAway = ({ state }: Someone): boolean => state !== 'attached'

const awayIds = (consumers: readonly Someone[]): string[] => consumers.filter(isAway).map(({ id }) => id)

/** Takes the first wish that anybody fulfils, and answers the first of those who fulfil it; null where nobody fulfils any. */
function choose(
  among: readonly Someone[],
  wishes: ReadonlyArray<(someone: Someone) => boolean>,
): Someone | null {
  for (const wish of wishes) {
    const found = among.find(wish)
    if (found) return found
  }
  return null
}

/** Whom to crash: who alone got it from a queue, else who alone got it, else anybody who got it, else anybody. */
export function whomToCrash({ consumers }: GuideFacts): Someone | null {
  const present = consumers.filter((one) => one.canCrash && one.state === 'attached')
  const isOnly = ({ got, others }: Someone) => got && others === 0
  return choose(present, [(one) => isOnly(one) && one.mode === 'queue', isOnly, ({ got }) => got, () => true])
}

/** Somebody to be taken away, and how. */
export interface Taking {
  who: Someone
  by: 'crash' | 'pause'
}

const ofOneDestination = (consumers: readonly Someone[]): Someone[][] => {
  const destinations = new Map<string, Someone[]>()
  for (const one of consumers) {
    const key = `${one.system} ${one.destination}`
    destinations.set(key, [...(destinations.get(key) ?? []), one])
  }
  return [...destinations.values()]
}

/**
 * Where the absent miss what is sent, one has to be cut off: paused, its connection would hold the message for it. A log
 * shows that it is read on from where its readers stopped when all of them pause.
 */
function takenFrom(present: readonly Someone[]): Taking[] {
  const misses = present.find(({ keepsForAbsent, canCrash }) => !keepsForAbsent && canCrash)
  if (misses) return [{ who: misses, by: 'crash' }]
  const readers = present.filter(({ mode, canPause }) => mode === 'log' && canPause)
  return readers.map((who) => ({ who, by: 'pause' }))
}

/** Whom to take away: those whose absence shows what a fan-out and a log are; where there is neither, anybody. */
export function whomToTake({ consumers }: GuideFacts, crashed: Someone | null): Taking[] {
  const present = consumers.filter(({ state }) => state === 'attached')
  const elsewhere = present.filter(
    ({ system, destination }) => system !== crashed?.system || destination !== crashed.destination,
  )
  const taken = ofOneDestination(elsewhere).flatMap(takenFrom)
  if (taken.length > 0) return taken
  const anybody = choose(
    present.filter(({ canPause }) => canPause),
    [(one) => elsewhere.includes(one), () => true],
  )
  return anybody ? [{ who: anybody, by: 'pause' }] : []
}

/** Who is crashed or paused now and was there when the step began. */
const newlyAway = ({ consumers }: GuideFacts, before: readonly string[]): Someone[] =>
  consumers.filter(({ id, state }) => (state === 'crashed' || state === 'paused') && !before.includes(id))

/** Several are taken away by one press, and their events come one after another. */
function sendAway(step: Extract<GuideStep, { id: 'send-away' }>, facts: GuideFacts): GuideStep {
  const more = newlyAway(facts, step.before).filter(({ id }) => !step.others.some((one) => one.id === id))
  const others = [...step.others, ...more]
  const next = more.length === 0 ? step : { ...step, others }
  return facts.traced > step.since && facts.answered ? pass(next, facts) : next
}

/** A consumer that was removed is not waited for. */
const isBack = (who: Someone | null, { consumers }: GuideFacts): boolean =>
  who === null || !consumers.some((one) => one.id === who.id && isAway(one))

/** The step after this one, whether or not its fact is there: for a step that nobody here can do. */
export function pass(step: GuideStep, facts: GuideFacts): GuideStep {
  switch (step.id) {
    case 'send':
      return { id: 'crash', before: awayIds(facts.consumers) }
    case 'crash':
      return { id: 'take-away', before: awayIds(facts.consumers), crashed: null }
    case 'take-away': {
      const { before, crashed } = step
      return { id: 'send-away', since: facts.traced, before, crashed, others: newlyAway(facts, before) }
    }
    case 'send-away':
      return { id: 'bring-back', crashed: step.crashed, others: step.others }
    case 'bring-back':
    case 'end':
      return { id: 'end', crashed: step.crashed, others: step.others }
  }
}

/** Where the room's facts lead from here: the same object while the step is not done. */
export function advance(step: GuideStep, facts: GuideFacts): GuideStep {
  switch (step.id) {
    case 'send':
      return facts.traced > step.since && facts.answered ? pass(step, facts) : step
    case 'crash': {
      const crashed = newlyAway(facts, step.before).find(({ state }) => state === 'crashed')
      return crashed ? { id: 'take-away', before: awayIds(facts.consumers), crashed } : step
    }
    case 'take-away':
      return newlyAway(facts, step.before).length > 0 ? pass(step, facts) : step
    case 'send-away':
      return sendAway(step, facts)
    case 'bring-back':
      return [step.crashed, ...step.others].every((who) => isBack(who, facts)) ? pass(step, facts) : step
    case 'end':
      return step
  }
}
