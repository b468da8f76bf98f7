'use client'

import type { MessageView } from '#lib/ledger/model/views.ts'
import { messageJson } from '#lib/ledger/views/life-steps.ts'
import { bytesOfBase64, hexOf } from '#lib/util/show-bytes.ts'
import { Button } from '../ui/button.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { download } from '../ui/download.ts'
import { formatTime } from '../ui/format.ts'
import { cutWords, sizeWords } from '../words/bodies.ts'
import { Body, heldBytes } from './body.tsx'
import type { Side } from './sides.ts'

function rowsOf(message: MessageView): Array<readonly [name: string, value: string]> {
  const { messageId, sender, sentAt, key, keyBytes, omittedKeyBytes, load, bearsIdOf } = message
  const rows: Array<readonly [string, string | null]> = [
    ['Id', messageId],
    ['Claims', bearsIdOf === null ? null : `the id of #${bearsIdOf}, whose body is another`],
    ['Sender', sender],
    ['Sent', sentAt === null ? null : `${formatTime(sentAt)}, ${new Date(sentAt).toISOString()}`],
    [
      'Key',
      key === null ? null : [key === '' ? 'empty' : key, cutWords(omittedKeyBytes)].filter(Boolean).join(' '),
    ],
    ['Key, hex', keyBytes === null ? null : hexOf(bytesOfBase64(keyBytes))],
    ['Size', message.text === null ? null : sizeWords(message, heldBytes(message).length)],
    ['Load', load],
  ]
  return rows.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]))
}

const Field = ({ name, value }: { name: string; value: string }) => (
  <div className="grid grid-cols-[96px_minmax(0,1fr)] gap-3 py-0.5 text-sm">
    <dt className="wrap-anywhere text-ink-2">{name}</dt>
    <dd className="wrap-anywhere max-h-30 overflow-auto">{value}</dd>
  </div>
)

/** The message's own fields and its body, with buttons to copy its text and to save it. */
export function Content({ message, sides }: { message: MessageView; sides: readonly Side[] }) {
  return (
    <section className="-mx-6 mt-1 border-t px-6 max-700:-mx-3 max-700:px-3" aria-label="The message itself">
      <h3 className="mt-3 mb-1 flex items-center gap-3 fs-md font-strong">The message itself</h3>
      <dl>
        {rowsOf(message).map(([name, value]) => (
          <Field key={name} name={name} value={value} />
        ))}
      </dl>
      <Body message={message} />
      <div className="mt-2 flex items-center gap-2">
        {message.bytes === null && <CopyButton text={message.text ?? ''} what="text" />}
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
