import type { LifeView, MessageView } from '#lib/ledger/model/views.ts'

/** One message on one system as a row of a file: its content, its receipt, and who got it. */
export interface MessageRecord {
  number: number | null
  id: string
  sentAt: string | null
  sender: string | null
  text: string | null
  key: string | null
  outside: boolean
  system: string
  destination: string
  receipt: string
  receiptMs: number | null
  deliveries: { consumer: string; group: string | null; state: string; latencyMs: number | null }[]
}

const recordOf = (message: MessageView, life: LifeView): MessageRecord => ({
  number: message.number,
  id: message.messageId,
  sentAt: message.sentAt === null ? null : new Date(message.sentAt).toISOString(),
  sender: message.sender,
  text: message.text,
  key: message.key,
  outside: message.outside,
  system: life.system,
  destination: life.destination,
  receipt: life.receipt.state,
  receiptMs: 'receiptMs' in life.receipt ? life.receipt.receiptMs : null,
  deliveries: life.deliveries.map(({ consumer, group, state, latencyMs }) => ({
    consumer,
    group,
    state,
    latencyMs,
  })),
})

/** One record for each system a message went to, in the order given. */
export const messageRecords = (messages: readonly MessageView[]): MessageRecord[] =>
  messages.flatMap((message) => [...message.lives.values()].map((life) => recordOf(message, life)))

export const messagesJson = (messages: readonly MessageView[]): string =>
  `${JSON.stringify(messageRecords(messages), null, 2)}\n`

const COLUMNS = [
  'number',
  'id',
  'sentAt',
  'sender',
  'text',
  'key',
  'outside',
  'system',
  'destination',
  'receipt',
  'receiptMs',
] as const satisfies readonly (keyof MessageRecord)[]

/** A spreadsheet takes these for the beginning of a formula, also behind white space. */
const STARTS_FORMULA = /^\s*[=+\-@\t\r]/

/** One cell: never a formula, and quoted where a comma, a quote or a line end would break the row. */
export function csvCell(value: string | number | boolean | null): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const safe = STARTS_FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** RFC 4180: a header row, CRLF between rows. Deliveries share one cell: `worker-1 acknowledged 4 ms; …`. */
export function messagesCsv(messages: readonly MessageView[]): string {
  const rows = messageRecords(messages).map((record) => {
    const had = record.deliveries.map(({ consumer, state, latencyMs }) =>
      [consumer, state, latencyMs === null ? '' : `${latencyMs} ms`].filter(Boolean).join(' '),
    )
    return [...COLUMNS.map((column) => csvCell(record[column])), csvCell(had.join('; '))].join(',')
  })
  return `${[[...COLUMNS, 'deliveries'].join(','), ...rows].join('\r\n')}\r\n`
}
