import type { Channel, ConsumeMessage } from 'amqplib'
import type { BrowsedMessage, BrowsedPage, BrowseRequest } from '../contract.ts'
import {
  after,
  type BrowseStart,
  before,
  browseStart,
  NOTHING_KEPT,
  notAPosition,
  pageLength,
} from '../kit/browsing.ts'
import type { Control } from './control.ts'
import { describeDelivery } from './delivery.ts'
import { claimsOf } from './metadata.ts'
import { newestOffset, oldestOffset, streamIdentity } from './stream-offsets.ts'

/** What is read is there already: a page gets what the broker has sent within this time. */
const READ_LIMIT_MS = 2_000
/** How many messages, which may be long, are under way beyond what a page takes. */
const PREFETCH = 16
const MS_PER_S = 1_000

export interface BrowsedStream {
  name: string
  /** How often it was gone and was declared anew. */
  redeclarations: number
}

/** A message of a stream, and its offset. */
interface Row {
  offset: number
  message: BrowsedMessage
}

/**
 * A page of a stream: a consumer on a channel of its own that ends with it. Reading takes nothing out of a stream, which
 * keeps no position for its readers over AMQP. Throws what `withChannel` throws, and AppError `invalid`.
 */
export async function browseStream(
  control: Control,
  stream: BrowsedStream,
  request: BrowseRequest,
): Promise<BrowsedPage> {
  const { side, position } = browseStart(request.from)
  const [oldest, newest] = await Promise.all([
    oldestOffset(control, stream.name),
    newestOffset(control, stream.name),
  ])
  if (oldest === null || newest === null) return NOTHING_KEPT
  const end = newest + 1
  const at = position === null ? (side === 'after' ? oldest : end) : offsetIn(position, request.from)
  const to = side === 'after' ? end : Math.min(at, end)
  const from = Math.max(oldest, side === 'after' ? at : to - request.limit)
  const rows = from < to ? await readRows(control, stream, { from, to, side }, request) : []
  const length = pageLength(
    rows.map(({ message }) => message),
    request,
    side,
  )
  const page = side === 'after' ? rows.slice(0, length) : rows.slice(rows.length - length)
  const begins = side === 'after' ? from : (page[0]?.offset ?? from)
  const behind = page.at(-1)
  const ends = behind === undefined ? to : behind.offset + 1
  return {
    messages: page.map(({ message }) => message),
    older: begins > oldest ? before(begins) : null,
    newer: ends < end ? after(ends) : null,
  }
}

/** Of a page that is read up to its end, the oldest give way to what comes behind them. */
function readRows(
  control: Control,
  stream: BrowsedStream,
  { from, to, side }: { from: number; to: number; side: BrowseStart['side'] },
  { limit, maxBytes }: BrowseRequest,
): Promise<Row[]> {
  return control.withChannel(async (channel) => {
    const rows: Row[] = []
    let bytes = 0
    await channel.prefetch(PREFETCH)
    await consumeUntil(channel, stream.name, from, (message) => {
      const row = rowOf(message, stream)
      if (row === null || row.offset < from) return true
      if (row.offset >= to) return false
      rows.push(row)
      bytes += row.message.body.byteLength
      for (; side === 'before' && bytes > maxBytes && rows.length > 1; ) {
        bytes -= rows.shift()?.message.body.byteLength ?? 0
      }
      return row.offset < to - 1 && rows.length < limit && (side === 'before' || bytes <= maxBytes)
    })
    return rows
  })
}

/** Reads on while `take` wants more, and then unsubscribes. */
async function consumeUntil(
  channel: Channel,
  stream: string,
  from: number,
  take: (message: ConsumeMessage) => boolean,
): Promise<void> {
  let isOver = false
  let over: () => void = () => undefined
  const done = new Promise<void>((resolve) => {
    over = () => {
      isOver = true
      resolve()
    }
  })
  const timer = setTimeout(over, READ_LIMIT_MS)
  try {
    const { consumerTag } = await channel.consume(
      stream,
      (message) => {
        if (message === null) over()
        else if (!isOver) {
          channel.ack(message)
          if (!take(message)) over()
        }
      },
      { arguments: { 'x-stream-offset': from } },
    )
    await done
    await channel.cancel(consumerTag)
  } finally {
    clearTimeout(timer)
  }
}

function rowOf(message: ConsumeMessage, { name: stream, redeclarations }: BrowsedStream): Row | null {
  const claims = claimsOf(message.properties)
  const { streamOffset: offset, timestamp } = claims
  if (offset === undefined) return null
  const delivery = describeDelivery(message, claims, 0, {
    identity: streamIdentity(stream, redeclarations, offset),
    ...(timestamp === undefined ? {} : { writtenAt: timestamp * MS_PER_S }),
    attempt: 1,
    redelivered: false,
    inHand: false,
    address: { kind: 'entry', stream, id: String(offset) },
  })
  return { offset, message: delivery }
}

function offsetIn(position: string, from: string): number {
  const offset = /^\d{1,16}$/.test(position) ? Number(position) : Number.NaN
  if (Number.isSafeInteger(offset)) return offset
  throw notAPosition(from)
}
