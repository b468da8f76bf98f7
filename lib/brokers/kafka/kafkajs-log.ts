import type { LogEntry } from 'kafkajs'

/** What kafkajs says of a consumer nowhere but in its log. */

/** The generation of an assignment, at debug level, just before the assignment is emitted without it. */
export const generationIn = ({ log: { message, generationId } }: LogEntry): number | null =>
  message === 'Received assignment' && typeof generationId === 'number' ? generationId : null

/** The partition whose next offset the broker no longer has, before it is read from the earliest one. */
export const outOfRangeIn = ({ log: { message, partition } }: LogEntry): number | null =>
  message === 'Offset out of range, resetting to default offset' && typeof partition === 'number'
    ? partition
    : null
