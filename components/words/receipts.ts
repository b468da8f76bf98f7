import type { ReceiptView } from '#lib/ledger/model/views.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { listed, type Sentence, sentence } from './sentence.ts'

/** Whether the message reached the system: also where nobody listened, and where the broker sent it back, as the verdict says. */
export function isReached(receipt: ReceiptView | null): boolean {
  if (!receipt) return false
  switch (receipt.state) {
    case 'published':
    case 'unheard':
    case 'returned':
    case 'outside':
      return true
    case 'pending':
    case 'refused':
    case 'uncertain':
      return false
    default:
      return unreachable(receipt)
  }
}

export interface ReceiptInput {
  number: number | null
  /** "10:24:18" */
  time: string
  outside: boolean
  /** Labels of the systems it was sent to, held ones included. */
  to: readonly string[]
  reached: readonly string[]
  held: readonly string[]
  failed: readonly string[]
  pending: boolean
  /** How many brokers there are. */
  of: number
}

const whenBack = (held: readonly string[]): string =>
  `${listed(held)} ${held.length === 1 ? 'gets it when it is back' : 'get it when they are back'}`

/** The two lines of the receipt: what was sent, and what that means. */
export function receiptWords(input: ReceiptInput): { first: Sentence; second: string } {
  const to = input.to.length === input.of && input.of > 1 ? `all ${numberWord(input.of)}` : listed(input.to)
  if (input.outside) return { first: sentence('', `came from outside through ${to}`), second: 'Who got it?' }
  if (input.held.length > 0 && input.reached.length === 0 && !input.pending) {
    return { first: sentence('', 'is held here'), second: whenBack(input.held) }
  }
  if (input.held.length > 0 || input.failed.length > 0) {
    const first = sentence('', `reached ${input.reached.length} of ${input.to.length} brokers`)
    if (input.failed.length > 0) return { first, second: `Not ${listed(input.failed)}` }
    return { first, second: whenBack(input.held) }
  }
  return { first: sentence('', `sent to ${to}`), second: `At ${input.time}. Who got it?` }
}

const WORDS = ['no', 'one', 'two', 'three', 'four', 'five', 'six']
export const numberWord = (count: number): string => WORDS[count] ?? String(count)
