'use client'

import { messageJson } from '#lib/ledger/message-json.ts'
import type { MessageView } from '#lib/ledger/views.ts'
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

/** The message's own fields, with buttons to copy its text and to save it. */
export function Content({ message, sides }: { message: MessageView; sides: readonly Side[] }) {
  return (
    <section className="content" aria-label="The message itself">
      <h3>The message itself</h3>
      <dl>
        {rowsOf(message).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {message.bytes !== null && (
          <div>
            <dt>Bytes, base64</dt>
            <dd className="mono">{message.bytes}</dd>
          </div>
        )}
      </dl>
      <div className="acts">
        <CopyButton text={message.text ?? ''} what="text" />
        <button
          type="button"
          className="btn sm"
          onClick={() =>
            download(`message-${message.number ?? message.messageId}.json`, 'application/json', [
              messageJson(message, sides),
            ])
          }
        >
          Export as JSON
        </button>
      </div>
    </section>
  )
}
