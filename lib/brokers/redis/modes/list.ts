import type { ModeManifest } from '../../contract.ts'
import { queueConsumerSettings, queueDestinationSettings, queueMode } from './queue.ts'

/** A list has no idle times to keep down and no dead letters to read instead. */
const listConsumerSettings = queueConsumerSettings.omit({ reads: true, heartbeat: true }).extend({
  ackMode: queueConsumerSettings.shape.ackMode.describe(
    'Acknowledges after its work, leaves it to you, or never (BRPOP: handed over is done)',
  ),
  prefetch: queueConsumerSettings.shape.prefetch.describe(
    'How many elements it may hold in its own list, unacknowledged',
  ),
  onFailure: queueConsumerSettings.shape.onFailure.describe(
    'What it does with a message it failed at: to the end of the line, or gone',
  ),
})

/**
 * A queue whose `kind` is `list`: its elements are bare texts, so that nothing rides beside them, and what a worker gives
 * up on has nowhere to go.
 */
export const listMode: ModeManifest = {
  ...queueMode,
  noun: 'list',
  can: { ...queueMode.can, deadLetters: false, alter: false, headers: false },
  destinationSettings: queueDestinationSettings.pick({ kind: true }),
  consumerSettings: listConsumerSettings,
  scene: { entry: { word: 'LPUSH', shape: 'append' }, store: 'queue' },
  publishCommand: 'LPUSH',
  lacks: {
    replay: 'An element leaves the list when it is handed out: there is nothing to read again.',
    groups: 'All workers of a Redis list take from the same list.',
    commit: 'Workers of a Redis list acknowledge each element; there is no position to commit.',
    deadLetters: 'A list has no dead letters to read: what is rejected is gone.',
    alter: 'A list is its elements and nothing else: it has no length, attempts or idle times to change.',
    headers: 'An element of a Redis list is its text and nothing else.',
  },
}
