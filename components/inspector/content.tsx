'use client'

import type { MessageView } from '#lib/ledger/model/views.ts'
import { messageJson } from '#lib/ledger/views/life-steps.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { formatCount, formatTime } from '../ui/format.ts'
import type { Side } from './sides.ts'

const encoder = new TextEncoder()
const LATER_MS = 1_000

/** Bytes of the body; for one that is no text, of what the event holds of it. */
function sizeOf({ text, bytes, omittedBytes }: MessageView): string | null {
  if (text === null) return null
  const held = bytes === null ? encoder.encode(text).length : atob(bytes).length
  return `${formatCount(held + omittedBytes)} bytes${bytes === null ? '' : ', not UTF-8'}`
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), LATER_MS)
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

/** What the message itself consists of, to be copied or saved. */
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
            save(`message-${message.number ?? message.messageId}.json`, messageJson(message, sides))
          }
        >
          Export as JSON
        </button>
      </div>
    </section>
  )
}
