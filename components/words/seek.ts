import { formatCount, formatTime } from '../ui/format.ts'

export interface SeekWords {
  partition: number
  /** Whether the log has several partitions, so that the partition has to be named. */
  several: boolean
}

/** `p2@17`, or `17` where there is one partition only. */
export const positionWords = ({ partition, several }: SeekWords, offset: number): string =>
  several ? `p${partition}@${offset}` : String(offset)

/** What a reader would read from a position, as a sentence under the slider. */
export function scrubWords(target: SeekWords, offset: number, low: number, end: number): string {
  const at = positionWords(target, offset)
  if (offset >= end) return `${at}: the end, only what comes from now on`
  const again = end - offset
  const from = offset <= low ? 'the oldest kept' : at
  return `From ${from}: ${formatCount(again)} ${again === 1 ? 'message' : 'messages'} to read`
}

export const movedWords = (to: string): string => `Reads on from ${to}.`

export const timeWords = (at: number): string => `what was written at ${formatTime(at)}`

/** Why a reader cannot be moved at all. */
export const noReplayWords = (lacks: string | undefined, noun: string): string =>
  lacks ?? `A ${noun} cannot be read again.`
