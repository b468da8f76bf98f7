import { createRequire } from 'node:module'

/**
 * kafkajs 2.2.4 lets every connection that ever sent a request wake up each millisecond, for ever: the timer meant for
 * throttled requests (`scheduleCheckPendingRequests`) is set again even when nothing is pending. Two connections for each
 * reader make that a good part of a core at rest. With nothing pending there is nothing to check, and each answer checks
 * again anyway; throttling itself is left as it is.
 */
let done = false

const hasPending = (queue: unknown): boolean =>
  !(typeof queue === 'object' && queue !== null && 'pending' in queue) ||
  !Array.isArray(queue.pending) ||
  queue.pending.length > 0

/** Takes effect for the whole process, once; leaves a kafkajs that is built otherwise alone. */
export function quietRequestQueues(): void {
  if (done) return
  done = true
  const RequestQueue: unknown = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js')
  if (typeof RequestQueue !== 'function') return
  const prototype: Record<string, unknown> = RequestQueue.prototype
  const schedule = prototype.scheduleCheckPendingRequests
  if (typeof schedule !== 'function') return
  prototype.scheduleCheckPendingRequests = function (this: unknown) {
    if (hasPending(this)) schedule.call(this)
  }
}
