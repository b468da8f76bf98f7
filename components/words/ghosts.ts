import type { GhostView } from '#lib/ledger/model/trace-views.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { ENDED } from './verdicts.ts'

/** What the reasons of ghost rows depend on. */
export interface GhostWords {
  /** "RabbitMQ" */
  label: string
  /** "worker" */
  consumerNoun: string
  /** This consumer's name. */
  consumer: string
}

/** "Kafka gives p0 to another reader" */
const newOwner = (partition: number, { label, consumerNoun }: GhostWords): string =>
  `${label} gives p${partition} to another ${consumerNoun}`

/** What ends the wait of a message for somebody who is away. */
function untilWords(ghost: Extract<GhostView, { why: 'absent-waits' }>, words: GhostWords): string {
  switch (ghost.until) {
    case 'it':
      return `until ${words.consumer} is back`
    case 'anyone':
      return `until a ${words.consumerNoun} is back`
    case 'taken':
      return ghost.partition === null
        ? `until another ${words.consumerNoun} takes it`
        : `until ${newOwner(ghost.partition, words)} or ${words.consumer} is back`
  }
}

/** Why a consumer does not have the traced message, worded to follow its `#42`. Null: nothing to say. */
export function ghostWords(ghost: GhostView, words: GhostWords): string | null {
  switch (ghost.why) {
    case 'other-consumer':
      return `${ghost.consumer} has it. One ${words.consumerNoun} per message.`
    case 'other-partition':
      if (ghost.ownerIsAway)
        return `is in p${ghost.partition}, and waits until ${newOwner(ghost.partition, words)} or ${ghost.owner} is back.`
      return ghost.owner === null
        ? `is in p${ghost.partition}, which nobody here reads now`
        : `is in p${ghost.partition}, and ${ghost.owner} owns p${ghost.partition}`
    case 'absent-gone':
      return `passed while ${words.consumer} was away. ${words.label} kept no copy for it.`
    case 'absent-waits':
      return `waits on ${words.label} ${untilWords(ghost, words)}.`
    case 'paused':
      return `waits while ${words.consumer} is paused.`
    case 'rebalancing':
      return 'waits until the group has shared out its partitions.'
    case 'crashed-holding':
      return ghost.now === null
        ? 'was in hand here at the crash. Nobody has it yet.'
        : `was in hand here. ${ghost.now} has it now.`
    case 'sent-before-joining':
      return `was sent before ${words.consumer} joined.`
    case 'started-after':
      return `is kept, but ${words.consumer} starts at the end. Replay brings it.`
    case 'position-beyond':
      return ghost.group === null
        ? `is kept, but ${words.consumer} was moved past it. Replay brings it.`
        : `is not coming: ${ghost.group} is past it already.`
    case 'not-routed':
      return `went by: it is not what ${words.consumer} listens to.`
    case 'aborted':
      return 'was written in a transaction that was aborted.'
    case 'refused':
      return `was refused by ${words.label}.`
    case 'returned':
      return `came back: ${words.label} had nowhere to put it.`
    case 'unheard':
      return 'was heard by nobody.'
    case 'uncertain':
      return 'may or may not have arrived.'
    case 'left-unseen':
      return 'left the queue unseen: taken from outside, expired, or lost.'
    case 'ended':
      return `${ENDED[ghost.how]} before ${words.consumer} had it.`
    case 'held-up':
      return `waits behind ${ghost.behind === null ? 'a message' : `#${ghost.behind}`}, at which ${words.consumer} fails again and again.`
    case 'waiting':
      return 'is on its way.'
    case 'not-sent-here':
      return null
    default:
      return unreachable(ghost)
  }
}
