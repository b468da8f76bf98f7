'use client'

import type { MessageView } from '#lib/ledger/model/views.ts'
import { messageJson } from '#lib/ledger/views/life-steps.ts'
import { Button } from '../ui/button.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { download } from '../ui/download.ts'
import { formatCount, formatTime } from '../ui/format.ts'
import type { Side } from './sides.ts'

const encoder = new TextEncoder()

/** The size of the body. A body that is not UTF-8 is counted by its bytes. */
function sizeOf({ text, bytes, omittedBytes }: MessageView): string | null {
  if (text === null) return null
  const held = bytes === null ? encoder.encode(text).length : atob(bytes).length
  return `${formatCount(held + omittedBytes)} bytes${bytes === null ? '' : ', not UTF-8'}`
}

function rowsOf(message: MessageView): Array<readonly [name: string, value: string]> {
  const { messageId, sender, sentAt, key, load, headers } = message
  const rows: Array<readonly [string, string | null]> = [
    ['Id', messageId],
    ['Sender', sender],
    ['Sent', sentAt === null ? null : `${formatTime(sentAt)}, ${new Date(sentAt).toISOString()}`],
    ['Key', key],
    ['Size', sizeOf(message)],
    ['Load', load],
    ...Object.entries(headers ?? {}).map(([name, value]) => [`Header ${name}`, value] as const),
  ]
  return rows.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]))
}

const Field = ({ name, value, isCode = false }: { name: string; value: string; isCode?: boolean }) => (
  <div className="grid grid-cols-[96px_minmax(0,1fr)] gap-3 py-0.5 text-sm">
    <dt className="wrap-anywhere text-ink-2">{name}</dt>
    <dd className={`wrap-anywhere max-h-30 overflow-auto ${isCode ? 'mono' : ''}`}>{value}</dd>
  </div>
)

/** The message's own fields, with buttons to copy its text and to save it. */
export function Content({ message, sides }: { message: MessageView; sides: readonly Side[] }) {
  return (
    <section className="-mx-6 mt-1 border-t px-6 max-700:-mx-3 max-700:px-3" aria-label="The message itself">
      <h3 className="mt-3 mb-1 flex items-center gap-3 fs-md font-strong">The message itself</h3>
      <dl>
        {rowsOf(message).map(([name, value]) => (
          <Field key={name} name={name} value={value} />
        ))}
        {message.bytes !== null && <Field name="Bytes, base64" value={message.bytes} isCode />}
      </dl>
      <div className="mt-2 flex items-center gap-2">
        <CopyButton text={message.text ?? ''} what="text" />
        <Button
          size="sm"
          onClick={() =>
            download(`message-${message.number ?? message.messageId}.json`, 'application/json', [
              messageJson(message, sides),
            ])
          }
        >
          Export as JSON
        </Button>
      </div>
    </section>
  )
}
