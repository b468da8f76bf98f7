import type { Evidence } from '#lib/protocol/names.ts'
import type { Life, ReceiptEvent } from './state.ts'
import type { ReceiptView } from './views.ts'

const PENDING: ReceiptView = { state: 'pending' }
const OUTSIDE: ReceiptView = { state: 'outside' }

/** Which receipt stands when several were told: the one that says more. `uncertain` gives way to any other. */
const RANK = {
  uncertain: 1,
  published: 2,
  unheard: 3,
  returned: 4,
  refused: 5,
} as const

/** Whether it says more than what was told before. */
export const saysMore = (event: ReceiptEvent, told: ReceiptEvent | null): boolean =>
  told === null || RANK[event.kind] > RANK[told.kind]

/** What the sender was told; from outside, nobody here was told anything. */
export function receiptOf({ told, message }: Life): ReceiptView {
  if (told === null) return message.content.outside ? OUTSIDE : PENDING
  switch (told.kind) {
    case 'published':
      return {
        state: 'published',
        receiptMs: told.receiptMs,
        heardBy: told.heardBy ?? null,
        address: told.address ?? null,
        transaction: told.transaction ?? null,
      }
    case 'unheard':
      return { state: 'unheard', receiptMs: told.receiptMs }
    default:
      return { state: told.kind, reason: told.reason }
  }
}

/** When that receipt came, and how it is known; null while there is none. */
export const toldOf = ({ told }: Life): { at: number; evidence: Evidence } | null =>
  told && { at: told.at, evidence: told.evidence }

/** When the receipt came; before, when the life was first told of. */
export const receiptAt = ({ told, first }: Life): number => (told ?? first).at

export const isPublished = ({ told }: Life): boolean => told?.kind === 'published'

export const wasAborted = ({ told }: Life): boolean =>
  told?.kind === 'published' && told.transaction === 'aborted'
