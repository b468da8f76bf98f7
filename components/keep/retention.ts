import { formatSpan } from '../ui/format.ts'

/** "7 days"; a topic without a limit keeps everything. */
export const retentionWords = (ms: number): string => (ms < 0 ? 'kept for ever' : formatSpan(ms))
