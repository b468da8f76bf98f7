import type { LifeView, MessageView } from '#lib/ledger/model/views.ts'
import type { Metadata, MetadataField } from '#lib/protocol/metadata.ts'

/** One message on one system as a row of a file: its content, its receipt, and who got it. */
export interface MessageRecord {
  number: number | null
  id: string
  sentAt: string | null
  sender: string | null
  text: string | null
  /** Base64 of the body where it is no text; `text` is then a rendering of it. */
  bytes: string | null
  encoding: string | null
  /** The body was null, which is not an empty one. */
  nullBody: boolean
  /** Bytes at the end of the body that were not kept. */
  omittedBytes: number
  key: string | null
  keyBytes: string | null
  omittedKeyBytes: number
  headers: Readonly<Record<string, string>> | null
  /** What else rode beside an outside message's body, each value with its type and its cut. */
  fields: readonly MetadataField[] | null
  omittedFields: number
  outside: boolean
  /** The number of the message whose id an outside message bears. */
  bearsIdOf: number | null
  system: string
  destination: string
  /** What rode beside the body of a message of ours, as this system carried it. */
  carried: Metadata | null
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
  bytes: message.bytes,
  encoding: message.encoding,
  nullBody: message.nullBody,
  omittedBytes: message.omittedBytes,
  key: message.key,
  keyBytes: message.keyBytes,
  omittedKeyBytes: message.omittedKeyBytes,
  headers: message.headers,
  fields: message.fields,
  omittedFields: message.omittedFields,
  outside: message.outside,
  bearsIdOf: message.bearsIdOf,
  system: life.system,
  destination: life.destination,
  carried: life.carried,
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
  'bytes',
  'encoding',
  'nullBody',
  'omittedBytes',
  'key',
  'keyBytes',
  'omittedKeyBytes',
  'headers',
  'fields',
  'omittedFields',
  'outside',
  'bearsIdOf',
  'system',
  'destination',
  'carried',
  'receipt',
  'receiptMs',
] as const satisfies readonly (keyof MessageRecord)[]

/** A spreadsheet takes these for the beginning of a formula, also behind white space. */
const STARTS_FORMULA = /^\s*[=+\-@\t\r]/

/** Also separators of spreadsheets in other languages. */
const BREAKS_ROW = /[",;\t\r\n]/

/** One cell: never a formula, and quoted where a separator, a quote or a line end would break the row. */
export function csvCell(value: string | number | boolean | null): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const safe = STARTS_FORMULA.test(value) ? `'${value}` : value
  return BREAKS_ROW.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Headers and fields as JSON, the rest as it is. */
const cellOf = (value: MessageRecord[(typeof COLUMNS)[number]]): string =>
  csvCell(typeof value === 'object' && value !== null ? JSON.stringify(value) : value)

/** Without it spreadsheets take UTF-8 for the encoding of their own system. */
const BYTE_ORDER_MARK = '\ufeff'

/**
 * RFC 4180 after a byte order mark: a header row, CRLF between rows. Deliveries share one cell: `worker-1 acknowledged
 * 4 ms; …`.
 */
export function messagesCsv(messages: readonly MessageView[]): string {
  const rows = messageRecords(messages).map((record) => {
    const had = record.deliveries.map(({ consumer, state, latencyMs }) =>
      [consumer, state, latencyMs === null ? '' : `${latencyMs} ms`].filter(Boolean).join(' '),
    )
    return [...COLUMNS.map((column) => cellOf(record[column])), csvCell(had.join('; '))].join(',')
  })
  return `${BYTE_ORDER_MARK}${[[...COLUMNS, 'deliveries'].join(','), ...rows].join('\r\n')}\r\n`
}
