import type { EndView } from '#lib/ledger/model/views.ts'

/** What the brokers' reasons for ending a message mean. */
const REASONS: Record<string, string> = {
  rejected: 'a consumer rejected it',
  expired: 'it waited longer than its time to live',
  maxlen: 'the queue was full',
  delivery_limit: 'it came back too often',
}

const HOW: Record<EndView['how'], string> = {
  expired: 'Expired',
  'dead-lettered': 'Dead-lettered',
  trimmed: 'Trimmed away',
}

/** "Dead-lettered: a consumer rejected it (rejected)", with the broker's own word in brackets. */
export function deathWords({ how, reason }: Pick<EndView, 'how' | 'reason'>): string {
  const ours = REASONS[reason]
  if (reason === '') return `${HOW[how]}.`
  return `${HOW[how]}: ${ours ? `${ours} (${reason})` : reason}`
}
