import type { Options } from 'amqplib'
import { AppError } from '#lib/protocol/errors.ts'
import { countdown, sleep } from '../kit/deadlines.ts'
import type { Control } from './control.ts'
import { isReply, REPLY, refusesTransientQueues } from './failures.ts'
import type { FoundQueue } from './management.ts'
import { PLAIN, type QueueDeclaration } from './queue-arguments.ts'

/** Single operations on one queue, and the sentences about them. */

/** A stream, or any queue of a node that has just started, is listed some 300 ms before it answers. */
const ANSWER_WITHIN_MS = 3_000
const ASK_AGAIN_MS = 50
/** RabbitMQ answers 404 also for a queue that is there and does not answer; these words mean that there is none. */
const NO_SUCH_QUEUE = /no queue '/

/** Whether the broker said that there is no such queue, and not just that it can't be reached. */
export const isNoSuchQueue = (error: unknown): boolean =>
  isReply(error, REPLY.NOT_FOUND) && error instanceof AppError && NO_SUCH_QUEUE.test(error.message)

/** By a passive declaration. Throws AppError `broker-refused` when there is one that does not answer for long. */
export async function queueExists(control: Control, name: string): Promise<boolean> {
  const left = countdown(ANSWER_WITHIN_MS)
  for (;;) {
    try {
      await control.withChannel((channel) => channel.checkQueue(name))
      return true
    } catch (error) {
      if (isNoSuchQueue(error)) return false
      if (!isReply(error, REPLY.NOT_FOUND) || left() === 0) throw error
      await sleep(ASK_AGAIN_MS, new AbortController().signal)
    }
  }
}

export interface CreatedQueue {
  /** Null when another program declared it in the meantime, with other arguments than ours. */
  durable: boolean | null
  note?: string
}

const assertQueue = (control: Control, name: string, options: Options.AssertQueue) =>
  control.withChannel((channel) =>
    channel.assertQueue(name, { exclusive: false, autoDelete: false, ...options }),
  )

/**
 * Declares a queue; a durable one where the broker no longer permits transient queues (RabbitMQ from 4.3 by default).
 * A queue that exists with other arguments is refused when `strict`, else it is used as it is.
 */
export async function createQueue(
  control: Control,
  name: string,
  declaration: QueueDeclaration,
  strict: boolean,
): Promise<CreatedQueue> {
  const { durable, arguments: given } = declaration
  try {
    await assertQueue(control, name, { durable, arguments: given })
    return { durable }
  } catch (error) {
    if (!strict && isReply(error, REPLY.PRECONDITION_FAILED)) return { durable: null }
    if (!refusesTransientQueues(error)) throw error
    await assertQueue(control, name, { durable: true, arguments: given })
    return {
      durable: true,
      note: 'This RabbitMQ permits no queues that are not durable, so the queue was made durable.',
    }
  }
}

/** Declares a queue that was gone with the properties it had, so that the program that made it finds what it expects. */
export async function recreateQueue(
  control: Control,
  name: string,
  before: FoundQueue | null,
  declaration: QueueDeclaration,
): Promise<CreatedQueue> {
  if (before === null || before.exclusive) return createQueue(control, name, declaration, false)
  const { durable, auto_delete: autoDelete, arguments: given } = before
  if (!durable && !autoDelete && Object.keys(given).length === 0) {
    return createQueue(control, name, PLAIN, false)
  }
  await assertQueue(control, name, { durable, autoDelete, arguments: given })
  return { durable }
}

export const noSuchQueue = (name: string): AppError =>
  new AppError('broker-refused', `RabbitMQ has no queue "${name}"`, {
    detail: { reason: `there is no queue "${name}"`, replyCode: REPLY.NOT_FOUND },
  })

export const durabilityWord = (durable: boolean): string => (durable ? 'durable' : 'not durable')

/** A queue's properties in the broker's words, as far as they are known. */
export function queueTraits(found: FoundQueue | null, durable: boolean | null): string[] {
  if (!found) return durable === null ? [] : [durabilityWord(durable)]
  const traits = [durabilityWord(found.durable), found.type]
  if (found.exclusive) traits.push('exclusive')
  if (found.auto_delete) traits.push('auto-delete')
  for (const [name, value] of Object.entries(found.arguments)) {
    if (name !== 'x-queue-type') traits.push(`${name} ${String(value)}`)
  }
  return traits
}

export function lostInRestartText(name: string, durable: boolean | null): string {
  const why = durable === false ? ' It was not durable, so a restart of the broker ends it.' : ''
  return `The queue "${name}" was gone when RabbitMQ was back, and so is everything that waited in it.${why} It was declared anew.`
}

export const deletedText = (name: string): string =>
  `The queue "${name}" was deleted, and so is everything that waited in it. It was declared anew because consumers are attached.`
