import type { Options } from 'amqplib'
import { AppError } from '#lib/protocol/errors.ts'
import { countdown, pause } from './bounded.ts'
import type { Control } from './control.ts'
import type { QueueKind } from './management.ts'
import { PLAIN, type QueuePlan } from './plan.ts'
import { isReply, REPLY, refusesTransientQueues } from './reasons.ts'

/** Single steps on one queue, and what is said about them. */

/** A stream, or any queue of a node that has just started, is there before it answers: some 300 ms, then. */
const ANSWER_WITHIN_MS = 3_000
const ASK_AGAIN_MS = 50
/** The broker's 404 for what there isn't; it uses 404 also for a queue that is there and does not answer. */
const NO_SUCH_QUEUE = /no queue '/

/** Whether the broker said that there is no such queue, and not just that it can't be reached. */
export const isGone = (error: unknown): boolean =>
  isReply(error, REPLY.NOT_FOUND) && error instanceof AppError && NO_SUCH_QUEUE.test(error.message)

/**
 * A passive declaration, on a throw-away channel: it closes it when there is no such queue. Throws AppError
 * `broker-refused` when there is one that does not answer for long.
 */
export async function queueExists(control: Control, name: string): Promise<boolean> {
  const left = countdown(ANSWER_WITHIN_MS)
  for (;;) {
    try {
      await control.withChannel((channel) => channel.checkQueue(name))
      return true
    } catch (error) {
      if (isGone(error)) return false
      if (!isReply(error, REPLY.NOT_FOUND) || left() === 0) throw error
      await pause(ASK_AGAIN_MS, new AbortController().signal)
    }
  }
}

export interface Created {
  /** Null when another program declared it in the meantime, otherwise than we would have. */
  durable: boolean | null
  note?: string
}

const declareAs = (control: Control, name: string, options: Options.AssertQueue) =>
  control.withChannel((channel) =>
    channel.assertQueue(name, { exclusive: false, autoDelete: false, ...options }),
  )

/**
 * Declares a queue as planned. A broker that no longer permits queues that are not durable (RabbitMQ from 4.3 by default)
 * gets a durable one. `strict`: one that another program declared otherwise is refused; else it is used as it is.
 */
export async function createQueue(
  control: Control,
  name: string,
  plan: QueuePlan,
  strict: boolean,
): Promise<Created> {
  const { durable, arguments: given } = plan
  try {
    await declareAs(control, name, { durable, arguments: given })
    return { durable }
  } catch (error) {
    if (!strict && isReply(error, REPLY.PRECONDITION_FAILED)) return { durable: null }
    if (!refusesTransientQueues(error)) throw error
    await declareAs(control, name, { durable: true, arguments: given })
    return {
      durable: true,
      note: 'This RabbitMQ permits no queues that are not durable, so the queue was made durable.',
    }
  }
}

/** Declares a queue that was gone as it had been, so that the program that made it finds what it expects. */
export async function recreateQueue(
  control: Control,
  name: string,
  was: QueueKind | null,
  plan: QueuePlan,
): Promise<Created> {
  if (was === null || was.exclusive) return createQueue(control, name, plan, false)
  const { durable, auto_delete: autoDelete, arguments: given } = was
  if (!durable && !autoDelete && Object.keys(given).length === 0) {
    return createQueue(control, name, PLAIN, false)
  }
  await declareAs(control, name, { durable, autoDelete, arguments: given })
  return { durable }
}

export const missing = (name: string): AppError =>
  new AppError('broker-refused', `RabbitMQ has no queue "${name}"`, {
    detail: { reason: `there is no queue "${name}"`, replyCode: REPLY.NOT_FOUND },
  })

/** What was found of a queue, or else the little that is known of one. */
export function traitsOf(found: QueueKind | null, durable: boolean | null): string[] {
  if (!found) return durable === null ? [] : [durabilityWord(durable)]
  const traits = [durabilityWord(found.durable), found.type]
  if (found.exclusive) traits.push('exclusive')
  if (found.auto_delete) traits.push('auto-delete')
  for (const [name, value] of Object.entries(found.arguments)) {
    if (name !== 'x-queue-type') traits.push(`${name} ${String(value)}`)
  }
  return traits
}

const durabilityWord = (durable: boolean): string => (durable ? 'durable' : 'not durable')

export function restartedText(name: string, durable: boolean | null): string {
  const why = durable === false ? ' It was not durable, so a restart of the broker ends it.' : ''
  return `The queue "${name}" was gone when RabbitMQ was back, and so is everything that waited in it.${why} It was declared anew.`
}

export const deletedText = (name: string): string =>
  `The queue "${name}" was deleted, and so is everything that waited in it. It was declared anew because consumers are attached.`
