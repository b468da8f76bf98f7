import { RECORDING_MAX_CHARS, RECORDING_MAX_EVENTS } from '#lib/recording/format.ts'
import type { Recorder } from '#lib/recording/recorder.ts'
import { formatCount } from '../ui/format.ts'

const MILLION = 1_000_000

/** Why a recording ended by itself. */
export const fullWords = (limit: NonNullable<Recorder['fullOf']>): string => {
  const most =
    limit === 'events'
      ? `${formatCount(RECORDING_MAX_EVENTS)} events`
      : `${Math.floor(RECORDING_MAX_CHARS / MILLION)} million characters`
  return `Recording ended by itself: it holds at most ${most}.`
}
