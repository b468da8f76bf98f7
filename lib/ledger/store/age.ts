import type { Message } from '../model/records.ts'
import type { LedgerState } from './state.ts'

/** The order in which messages were learned of: the oldest is let go of first. */

/** The share of the list that may lie unused in front before the rest is moved. */
const SLACK = 0.25
const SLACK_MIN = 64

/** Puts the message at the end, whether it is new or was learned again. */
export function noteLearned(state: LedgerState, message: Message): void {
  message.place = state.firstPlace + state.age.length
  state.age.push(message)
  // Messages that are learned again and again leave places behind, also while none is let go of.
  if (state.age.length - state.oldest > SLACK_MIN + 2 * state.messages.size) closeUp(state)
}

/** Lists only what is held, in the same order. */
function closeUp(state: LedgerState): void {
  state.age = [...newestFirst(state)].reverse()
  state.oldest = 0
  state.firstPlace = 0
  state.age.forEach((message, place) => {
    message.place = place
  })
}

/** The message at an index, unless it is let go of or has another place now. */
export function learnedAt({ age, firstPlace }: LedgerState, index: number): Message | undefined {
  const message = age[index]
  return message?.held && message.place === firstPlace + index ? message : undefined
}

/** Takes the oldest message from the front; undefined when there is none. */
export function takeOldest(state: LedgerState): Message | undefined {
  while (state.oldest < state.age.length) {
    const oldest = learnedAt(state, state.oldest)
    state.oldest += 1
    if (oldest) return oldest
  }
  return undefined
}

/** Gives back the memory of places that are no longer used. */
export function compactAge(state: LedgerState): void {
  if (state.oldest <= SLACK_MIN + state.messages.size * SLACK) return
  state.age = state.age.slice(state.oldest)
  state.firstPlace += state.oldest
  state.oldest = 0
}

/** The messages held, the one learned last first. */
export function* newestFirst(state: LedgerState): Generator<Message> {
  for (let index = state.age.length - 1; index >= state.oldest; index -= 1) {
    const message = learnedAt(state, index)
    if (message) yield message
  }
}
