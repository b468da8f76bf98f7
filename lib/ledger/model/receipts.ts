import type { Life } from './records.ts'

/** When the receipt came; before it came, when the life was first learned of. */
export const receiptAt = ({ receipt, first }: Life): number => (receipt ?? first).at

export const isPublished = ({ receipt }: Life): boolean => receipt?.kind === 'published'

export const wasAborted = ({ receipt }: Life): boolean =>
  receipt?.kind === 'published' && receipt.transaction === 'aborted'
