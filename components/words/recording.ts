import type { RecordingFault } from '#lib/recording/read.ts'
import { unreachable } from '#lib/util/unreachable.ts'

/** Why a file cannot be opened, and what to do. Treat the details as hostile: they come from the file. */
export function recordingFaultWords(fault: RecordingFault): string {
  switch (fault.code) {
    case 'too-large':
      return 'This file is larger than a recording may be. Record a shorter stretch.'
    case 'not-a-recording':
      return 'This file is no recording: its first line does not say so. Recordings are .jsonl files saved here.'
    case 'version':
      return `This recording is of version ${fault.version}, and this dashboard reads version 1. Open it with the dashboard that made it.`
    case 'broken-header':
      return `The recording's first line is broken: ${fault.detail}`
    case 'broken-line':
      return `Line ${fault.line} of the recording is broken: ${fault.detail}`
    case 'out-of-order':
      return `Line ${fault.line} of the recording is out of order: the file was changed.`
    case 'empty':
      return 'This recording holds no events.'
    default:
      return unreachable(fault)
  }
}

const MINUTE_S = 60

/** `0:42`, `12:05` */
export function clockWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  return `${Math.floor(seconds / MINUTE_S)}:${String(seconds % MINUTE_S).padStart(2, '0')}`
}

/** What an empty pane or conversation says in a recording, where nothing more can be sent. */
export const EMPTY_RECORDED = {
  strong: 'Nothing here yet.',
  rest: 'Up to this moment of the recording nothing had arrived.',
}
