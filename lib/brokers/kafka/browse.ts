import type { Admin } from 'kafkajs'
import type { BrowsedMessage, BrowsedPage, BrowseRequest } from '../contract.ts'
import { after, before, browseStart, NOTHING_KEPT, notAPosition, pageLength } from '../kit/browsing.ts'
import type { ConnectionOptions } from './connection.ts'
import { type FetchedPartition, fetchWithoutGroup, type Stretch } from './group-free-fetch.ts'
import { deliveryOf } from './metadata.ts'
import { type OffsetRange, readRanges } from './partition-offsets.ts'
import type { Redeliveries } from './redeliveries.ts'

/** Offsets by partition: those at which a page begins or ends. */
type Positions = ReadonlyMap<number, bigint>
type Ranges = ReadonlyMap<number, OffsetRange>

interface Browsing {
  connection: ConnectionOptions
  admin: Admin
  redeliveries: Redeliveries
}

/**
 * A page of a topic. Its partitions have no common order: records are put together by their timestamps, and each partition's
 * stay in the order of its offsets. Throws the raw error, and AppError `invalid`.
 */
export async function browseTopic(
  { connection, admin, redeliveries }: Browsing,
  topic: string,
  request: BrowseRequest,
): Promise<BrowsedPage> {
  const { side, position } = browseStart(request.from)
  const ranges = await readRanges(admin, redeliveries, topic)
  const at = position === null ? null : parsePositions(position, request.from)
  const stretches = side === 'after' ? stretchesAfter(ranges, at) : stretchesBefore(ranges, at, request.limit)
  const isAnything = [...stretches.values()].some(({ from, to }) => from < to)
  const fetched = isAnything
    ? await fetchWithoutGroup(connection, topic, stretches, {
        limit: request.limit,
        keeps: side === 'after' ? 'first' : 'last',
      })
    : new Map<number, FetchedPartition>()
  const rows = mergeByTime(rowsOf(topic, fetched))
  const length = pageLength(messagesOf(rows), request, side)
  if (side === 'before') {
    const page = rows.slice(rows.length - length)
    const begins = beginningOf(page, rows, fetched, stretches)
    return pageOf(page, ranges, { begins, ends: readUpTo(fetched, stretches) })
  }
  const page = rows.slice(0, length)
  return pageOf(page, ranges, { begins: starts(stretches), ends: endOf(page, rows, fetched, stretches) })
}

interface Row {
  partition: number
  offset: bigint
  time: number
  message: BrowsedMessage
}

function rowsOf(topic: string, fetched: ReadonlyMap<number, FetchedPartition>): Row[][] {
  return [...fetched].map(([partition, { records }]) =>
    records.map((record) => ({
      partition,
      offset: BigInt(record.offset),
      time: Number(record.timestamp),
      message: deliveryOf(record, { topic, partition, delivery: 0, redelivered: false, attempt: 1 }),
    })),
  )
}

/** The earliest of the partitions' next ones first, however their times go on behind it. */
function mergeByTime(partitions: readonly Row[][]): Row[] {
  const queues = partitions.map((rows) => ({ rows, at: 0 }))
  const merged: Row[] = []
  for (;;) {
    let next: { queue: { at: number }; row: Row } | undefined
    for (const queue of queues) {
      const row = queue.rows[queue.at]
      if (row !== undefined && (next === undefined || row.time < next.row.time)) next = { queue, row }
    }
    if (next === undefined) return merged
    next.queue.at += 1
    merged.push(next.row)
  }
}

function stretchesAfter(ranges: Ranges, at: Positions | null): Map<number, Stretch> {
  return mapRanges(ranges, ({ low, end }, partition) => ({
    from: clamp(at?.get(partition) ?? low, { low, end }),
    to: end,
  }))
}

function stretchesBefore(ranges: Ranges, at: Positions | null, limit: number): Map<number, Stretch> {
  return mapRanges(ranges, ({ low, end }, partition) => {
    const to = at === null ? end : clamp(at.get(partition) ?? low, { low, end })
    return { from: clamp(to - BigInt(limit), { low, end }), to }
  })
}

const mapRanges = (
  ranges: Ranges,
  make: (range: { low: bigint; end: bigint }, partition: number) => Stretch,
): Map<number, Stretch> =>
  new Map(
    [...ranges].map(([partition, { low, end }]) => [
      partition,
      make({ low: BigInt(low), end: BigInt(end) }, partition),
    ]),
  )

const clamp = (offset: bigint, { low, end }: { low: bigint; end: bigint }): bigint =>
  offset < low ? low : offset > end ? end : offset

const starts = (stretches: ReadonlyMap<number, Stretch>): Positions =>
  new Map([...stretches].map(([partition, { from }]) => [partition, from]))
const readUpTo = (
  fetched: ReadonlyMap<number, FetchedPartition>,
  stretches: ReadonlyMap<number, Stretch>,
): Positions =>
  new Map([...stretches].map(([partition, { to }]) => [partition, fetched.get(partition)?.next ?? to]))

/** Where the page before begins: at each partition's first row on this page, or behind those that found no place on it. */
function beginningOf(
  page: readonly Row[],
  rows: readonly Row[],
  fetched: ReadonlyMap<number, FetchedPartition>,
  stretches: ReadonlyMap<number, Stretch>,
): Positions {
  const left = rows.slice(0, rows.length - page.length)
  return new Map(
    [...stretches].map(([partition, { from }]) => {
      const last = left.findLast((row) => row.partition === partition)
      if (last !== undefined) return [partition, last.offset + 1n]
      const first = fetched.get(partition)?.isCut
        ? page.find((row) => row.partition === partition)
        : undefined
      return [partition, first?.offset ?? from]
    }),
  )
}

/** Where the page behind begins: at each partition's first row that found no place on this one. */
function endOf(
  page: readonly Row[],
  rows: readonly Row[],
  fetched: ReadonlyMap<number, FetchedPartition>,
  stretches: ReadonlyMap<number, Stretch>,
): Positions {
  const left = rows.slice(page.length)
  return new Map(
    [...stretches].map(([partition, { from }]) => {
      const first = left.find((row) => row.partition === partition)
      return [partition, first?.offset ?? fetched.get(partition)?.next ?? from]
    }),
  )
}

function pageOf(
  page: readonly Row[],
  ranges: Ranges,
  { begins, ends }: { begins: Positions; ends: Positions },
): BrowsedPage {
  const isOlder = [...ranges].some(([partition, { low }]) => (begins.get(partition) ?? 0n) > BigInt(low))
  const isNewer = [...ranges].some(([partition, { end }]) => (ends.get(partition) ?? 0n) < BigInt(end))
  if (page.length === 0 && !isOlder && !isNewer) return NOTHING_KEPT
  return {
    messages: messagesOf(page),
    older: isOlder ? before(formatPositions(begins)) : null,
    newer: isNewer ? after(formatPositions(ends)) : null,
  }
}

const messagesOf = (rows: readonly Row[]): BrowsedMessage[] => rows.map(({ message }) => message)

const formatPositions = (positions: Positions): string =>
  [...positions].map(([partition, offset]) => `${partition}.${offset}`).join(',')

/** `0.12,1.7`: of partition 0 the offset 12, of partition 1 the offset 7. Throws AppError `invalid`. */
function parsePositions(position: string, from: string): Positions {
  return new Map(
    position.split(',').map((part) => {
      const [, partition, offset] = /^(\d{1,10})\.(\d{1,19})$/.exec(part) ?? []
      if (partition === undefined || offset === undefined) throw notAPosition(from)
      return [Number(partition), BigInt(offset)]
    }),
  )
}
