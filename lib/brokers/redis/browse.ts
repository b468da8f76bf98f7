import type { BrowsedMessage, BrowsedPage, BrowseRequest } from '#lib/brokers/contract.ts'
import {
  after,
  type BrowseStart,
  before,
  browseStart,
  NOTHING_KEPT,
  notAPosition,
  pageLength,
} from '#lib/brokers/kit/browsing.ts'
import type { Connection } from './connection.ts'
import type { Destination } from './destination.ts'
import { ListQueue } from './list-queue.ts'
import { askStream, FIRST_MILLISECOND, justBefore } from './log-position.ts'
import { fanoutMode, notCapable } from './manifest.ts'
import { deliveryOf } from './metadata.ts'
import { readElements, readEntries } from './replies.ts'

/** How many messages, which may be long, are asked for at once: Redis cannot bound an answer by bytes. */
const STEP = 16

/**
 * A page of what a destination keeps, by commands that only read: XRANGE of a stream, whatever its groups have had of it, and
 * LRANGE of a list. Throws the raw error, and AppError `invalid`, `not-capable`.
 */
export function browse(
  destination: Destination,
  connection: Connection,
  request: BrowseRequest,
): Promise<BrowsedPage> {
  destination.mustExist()
  if (destination instanceof ListQueue) return browseList(connection, destination, request)
  if (destination.kind === 'channel') throw notCapable(fanoutMode, 'browse')
  return browseStream(connection, destination.address, request)
}

interface Row {
  id: string
  message: BrowsedMessage
}

async function browseStream(
  connection: Connection,
  stream: string,
  request: BrowseRequest,
): Promise<BrowsedPage> {
  const start = browseStart(request.from)
  if (start.position !== null && !/^\d{1,20}-\d{1,20}$/.test(start.position)) throw notAPosition(request.from)
  const rows = await readEntriesFrom(connection, stream, request, start)
  const info = await askStream(connection, stream)
  if (info.firstId === null || info.newestId === null) return NOTHING_KEPT
  const begins = rows[0]?.id ?? start.position
  const behind = rows.at(-1)?.id
  const last = behind ?? (start.position === null ? info.newestId : justBefore(start.position))
  return {
    messages: rows.map(({ message }) => message),
    older: begins !== null && compareIds(info.firstId, begins) < 0 ? before(begins) : null,
    newer: compareIds(last, info.newestId) < 0 ? after(justAfter(last)) : null,
  }
}

/** The oldest first, and as many as make a page. */
async function readEntriesFrom(
  { redis }: Connection,
  stream: string,
  request: BrowseRequest,
  { side, position }: BrowseStart,
): Promise<Row[]> {
  const rows: Row[] = []
  const isBackwards = side === 'before'
  let at = position === null ? (isBackwards ? '+' : '-') : isBackwards ? justBefore(position) : position
  for (;;) {
    const count = String(Math.min(STEP, request.limit - rows.length))
    const reply = isBackwards
      ? await redis.callBuffer('XREVRANGE', stream, at, '-', 'COUNT', count)
      : await redis.callBuffer('XRANGE', stream, at, '+', 'COUNT', count)
    const entries = readEntries(reply)
    for (const entry of entries) {
      const content = deliveryOf(entry, { address: stream, stream }, 1)?.content
      if (content) rows.push({ id: entry.id, message: { ...content, ...timeOf(entry.id) } })
    }
    if (isBackwards) rows.sort((a, b) => compareIds(a.id, b.id))
    const last = entries.at(-1)
    const length = pageLength(messagesOf(rows), request, side)
    if (
      last === undefined ||
      entries.length < Number(count) ||
      length === request.limit ||
      length < rows.length
    ) {
      return isBackwards ? rows.slice(rows.length - length) : rows.slice(0, length)
    }
    at = isBackwards ? justBefore(last.id) : justAfter(last.id)
  }
}

const messagesOf = (rows: readonly Row[]): BrowsedMessage[] => rows.map(({ message }) => message)

/** An id that Redis gave begins with its clock; a program may have given another. */
function timeOf(id: string): Pick<BrowsedMessage, 'storedAt'> {
  const storedAt = Number(id.split('-')[0])
  return storedAt >= FIRST_MILLISECOND ? { storedAt } : {}
}

/** The least id behind this one. */
function justAfter(id: string): string {
  const [milliseconds = '0', sequence = '0'] = id.split('-')
  return `${milliseconds}-${BigInt(sequence) + 1n}`
}

function compareIds(one: string, other: string): number {
  const [milliseconds = 0n, sequence = 0n] = one.split('-').map(BigInt)
  const [otherMilliseconds = 0n, otherSequence = 0n] = other.split('-').map(BigInt)
  if (milliseconds !== otherMilliseconds) return milliseconds < otherMilliseconds ? -1 : 1
  return sequence < otherSequence ? -1 : sequence > otherSequence ? 1 : 0
}

/** A list's right end is next, and so the oldest; a position counts from there, and moves whenever an element is taken. */
async function browseList(
  { redis }: Connection,
  { address, order }: ListQueue,
  request: BrowseRequest,
): Promise<BrowsedPage> {
  const { side, position } = browseStart(request.from)
  if (position !== null && !/^\d{1,15}$/.test(position)) throw notAPosition(request.from)
  const length = await redis.llen(address)
  const at = position === null ? (side === 'after' ? 0 : length) : Math.min(Number(position), length)
  const from = side === 'after' ? at : Math.max(0, at - request.limit)
  const to = side === 'after' ? Math.min(length, at + request.limit) : at
  const messages: BrowsedMessage[] = []
  for (let next = from; next < to; next += STEP) {
    const stop = Math.min(to, next + STEP)
    const reply = await redis.callBuffer('LRANGE', address, String(-stop), String(-next - 1))
    for (const body of readElements(reply).reverse())
      messages.push(elementOf(address, body, order.only(body)))
    if (side === 'after' && pageLength(messages, request, side) < messages.length) break
  }
  const taken = pageLength(messages, request, side)
  const begins = side === 'after' ? from : to - taken
  const ends = begins + taken
  return {
    messages: side === 'after' ? messages.slice(0, taken) : messages.slice(messages.length - taken),
    older: begins > 0 ? before(begins) : null,
    newer: taken > 0 && ends < length ? after(ends) : null,
  }
}

const elementOf = (list: string, body: Buffer, messageId: string | null): BrowsedMessage => ({
  messageId,
  identity: `redis:${list}:${messageId ?? 'unknown'}`,
  body,
  address: { kind: 'item', list },
})
