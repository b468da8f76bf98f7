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

/** Who was taken away in a step; null where there was nobody to take. */
interface Away {
  crashed: Someone | null
  paused: Someone | null
}

export type GuideStep =
  /** A message later than number `since` is to be sent. */
  | { id: 'send'; since: number }
  /** `before` were away when the step began: they count for nothing. */
  | { id: 'crash'; before: readonly string[] }
  | ({ id: 'pause'; before: readonly string[] } & Pick<Away, 'crashed'>)
  | ({ id: 'send-away'; since: number } & Away)
  | ({ id: 'bring-back' } & Away)
  | ({ id: 'end' } & Away)

/** In their order; the end is none of them. */
export const STEP_IDS = ['send', 'crash', 'pause', 'send-away', 'bring-back'] as const

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

/** Whom to pause: one of a fan-out, else of another destination than the crashed one's, else anybody. */
export function whomToPause({ consumers }: GuideFacts, crashed: Someone | null): Someone | null {
  const present = consumers.filter((one) => one.canPause && one.state === 'attached')
  const isElsewhere = ({ system }: Someone) => system !== crashed?.system
  return choose(present, [
    (one) => isElsewhere(one) && one.mode === 'fanout',
    isElsewhere,
    ({ mode }) => mode === 'fanout',
    () => true,
  ])
}

/** Who is in this state now and was there when the step began. */
const newly = (facts: GuideFacts, state: ConsumerState, before: readonly string[]): Someone | null =>
  facts.consumers.find((one) => one.state === state && !before.includes(one.id)) ?? null

/** A consumer that was removed is not waited for. */
const isBack = (who: Someone | null, { consumers }: GuideFacts): boolean =>
  who === null || !consumers.some((one) => one.id === who.id && isAway(one))

/** The step after this one, whether or not its fact is there: for a step that nobody here can do. */
export function pass(step: GuideStep, facts: GuideFacts): GuideStep {
  switch (step.id) {
    case 'send':
      return { id: 'crash', before: awayIds(facts.consumers) }
    case 'crash':
      return { id: 'pause', before: awayIds(facts.consumers), crashed: null }
    case 'pause':
      return { id: 'send-away', since: facts.traced, crashed: step.crashed, paused: null }
    case 'send-away':
      return { id: 'bring-back', crashed: step.crashed, paused: step.paused }
    case 'bring-back':
    case 'end':
      return { id: 'end', crashed: step.crashed, paused: step.paused }
  }
}

/** Where the room's facts lead from here: the same object while the step is not done. */
export function advance(step: GuideStep, facts: GuideFacts): GuideStep {
  switch (step.id) {
    case 'send':
    case 'send-away':
      return facts.traced > step.since && facts.answered ? pass(step, facts) : step
    case 'crash': {
      const crashed = newly(facts, 'crashed', step.before)
      return crashed ? { id: 'pause', before: awayIds(facts.consumers), crashed } : step
    }
    case 'pause': {
      const paused = newly(facts, 'paused', step.before)
      return paused ? { id: 'send-away', since: facts.traced, crashed: step.crashed, paused } : step
    }
    case 'bring-back':
      return isBack(step.crashed, facts) && isBack(step.paused, facts) ? pass(step, facts) : step
    case 'end':
      return step
  }
}
