import type { Admin } from 'kafkajs'
import type { Seek } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { offsetsAt, type Place, type Range, readRanges } from './places.ts'
import type { Seen } from './seen.ts'

export interface SeekTargetOptions {
  admin: Admin
  seen: Seen
  topic: string
  /** Those the consumer has: nobody reads others' partitions from elsewhere. */
  own: readonly number[]
}

/** The offset that a seek means in each partition of one consumer. Throws AppError `invalid` for what can't be meant. */
export async function seekTarget(
  { admin, seen, topic, own }: SeekTargetOptions,
  position: Seek,
): Promise<Map<number, string>> {
  if (own.length === 0) throw new AppError('wrong-state', 'it has no partition of its own to read from')
  const partitions = position.to === 'offset' ? partitionsMeant(own, position.partition) : own
  const all = await readRanges(admin, seen, topic)
  const ranges = new Map([...all].filter(([partition]) => partitions.includes(partition)))
  if (position.to === 'offset' && position.partition !== undefined) checkHeld(position, ranges)
  return offsetsAt(admin, topic, placeOf(position), ranges)
}

function placeOf(position: Seek): Place {
  if (position.to !== 'offset') return position
  if (position.offset.includes('-')) throw invalid('offset', 'an offset on Kafka is one number, such as 42')
  return { to: 'offset', offset: position.offset }
}

function partitionsMeant(own: readonly number[], asked: number | undefined): readonly number[] {
  if (asked === undefined) return own
  if (own.includes(asked)) return [asked]
  throw invalid('partition', `partition ${asked} is not its own: it reads ${own.join(', ')}`)
}

function checkHeld({ offset, partition }: Seek & { to: 'offset' }, ranges: ReadonlyMap<number, Range>): void {
  const range = partition === undefined ? undefined : ranges.get(partition)
  if (!range) return
  const isHeld = BigInt(offset) >= BigInt(range.low) && BigInt(offset) <= BigInt(range.end)
  if (!isHeld)
    throw invalid('offset', `partition ${partition} holds offsets from ${range.low} up to ${range.end}`)
}

const invalid = (field: string, words: string) => new AppError('invalid', words, { detail: { field } })
