import { AppError } from '#lib/protocol/errors.ts'
import type { CreateDriver, Driver } from '../contract.ts'
import { countdown, pause } from './bounded.ts'
import { createAttachment } from './consume.ts'
import { FIXED } from './consumer-settings.ts'
import { createFactsReader } from './facts.ts'
import { manifest } from './manifest.ts'
import { createParts, type DriverParts, type Session } from './parts.ts'
import { brokerDown } from './reasons.ts'

/** For everything that closing waits for: receipts due, goodbyes, sockets. */
const CLOSE_DEADLINE_MS = 5_000
/** One that was not declared here is taken for a queue. */
const UNKNOWN = { isExchange: false, durable: null }
/** No step of closing takes more than this part of what is left, so that the later ones still get their turn. */
const STEP_SHARE = 0.5

/**
 * RabbitMQ over AMQP 0-9-1. Connections, each with Nagle off and named `<clientName>:<role>`: one to publish on, which is
 * the driver's status; one to declare and ask on; one for each consumer. Guaranteed: one receipt per publish, order per
 * destination, nothing queued while down, nothing sent twice. Lost with a restart of the broker: what waits in queues
 * that are not durable, which is told as a fault and, to each consumer there, as a gap.
 */
export const createDriver: CreateDriver = (options) => {
  const parts = createParts(options)
  const { link, topology, faults, attachments } = parts
  const readFacts = createFactsReader(parts)
  let closing: Promise<void> | null = null

  const whyDown = () => {
    const { status } = link
    return brokerDown(status.status === 'up' ? 'its connection was just lost' : status.reason.text)
  }
  const upSession = (): Session => {
    if (link.session && !closing) return link.session
    throw whyDown()
  }
  const driver: Driver = {
    manifest,
    open: link.open,
    retry: link.retry,
    get status() {
      return link.status
    },
    onStatus: link.onStatus,
    // RabbitMQ has no groups that share partitions out.
    onAssignment: () => () => undefined,
    onFault: faults.on,
    declare: async (spec) => {
      upSession()
      return topology.declare(spec)
    },
    alter: async () => {
      throw new AppError('not-capable', FIXED)
    },
    remove: topology.remove,
    publish: (address, message) => {
      if (!link.session || closing) return Promise.reject(whyDown())
      return link.session.publishing.publish(address, message, topology.of(address) ?? UNKNOWN)
    },
    attach: async (spec, listener) => {
      upSession()
      const attachment = createAttachment(
        spec,
        parts.readingOf(spec),
        listener,
        parts.workerParts(spec, () => attachments.delete(attachment)),
      )
      attachments.add(attachment)
      return attachment.start()
    },
    facts: async (address) => {
      upSession()
      return readFacts(address)
    },
    close: (deadlineMs = CLOSE_DEADLINE_MS) => {
      closing ??= closeAll(parts, deadlineMs)
      return closing
    },
  }
  return driver
}

/** Workers leave, receipts due come in, connections end: what was opened last first. */
async function closeAll(parts: DriverParts, deadlineMs: number): Promise<void> {
  const { link, control, management, faults, attachments } = parts
  const left = countdown(deadlineMs)
  const share = () => left() * STEP_SHARE
  const { session } = link
  const stopped = link.stop()
  await Promise.all([...attachments].map((attachment) => attachment.leave(share())))
  await session?.publishing.close(share())
  await control.close(share())
  await session?.connection.close(left())
  const waiting = new AbortController()
  await Promise.race([stopped, pause(left(), waiting.signal)])
  waiting.abort()
  management.close()
  faults.clear()
}
