import type { SettleVerb } from '#lib/protocol/command-schemas.ts'

export const VERB_LABEL: Record<SettleVerb, string> = { ack: 'Ack', requeue: 'Requeue', reject: 'Reject' }

/** What each verb does to the message. */
export const VERB_MEANS: Record<SettleVerb, string> = {
  ack: 'It is done; the broker forgets it',
  requeue: 'It goes back to the queue and comes again',
  reject: 'It is given up on, and goes to the dead letters where there are any',
}
