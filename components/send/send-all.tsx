'use client'

import { type RefObject, useState } from 'react'
import { Glyph, Icon } from '../ui/icon.tsx'
import { KeyField, SenderField } from './fields.tsx'
import { type HeaderLine, headersOf } from './message-extras.ts'
import { Receipt } from './receipt.tsx'
import { SendAllOptions } from './send-all-options.tsx'
import { useSendAll } from './use-send-all.ts'

/** One send, several fates: the strongest shape on the page, and under it who got it. */
export function SendAll({ field }: { field: RefObject<HTMLInputElement | null> }) {
  const [key, setKey] = useState('')
  const [headers, setHeaders] = useState<readonly HeaderLine[]>([])
  const { lanes, all, text, write, size, sender, problems, submit } = useSendAll(key, headersOf(headers))
  const takesKey = lanes.some(({ modeManifest: { can } }) => can.key !== null && can.key !== 'sub-channel')
  return (
    <section className="sendall" aria-label={`Send to ${all}`}>
      <div className="sendall-form">
        <form onSubmit={submit}>
          <span className="trio">
            {lanes.map(({ manifest }) => (
              <Glyph key={manifest.id} manifest={manifest} />
            ))}
          </span>
          <input
            ref={field}
            className="say"
            aria-label={`Message to ${all} brokers`}
            aria-invalid={size.tooLong || problems.length > 0}
            placeholder={`Message to ${all}`}
            value={text}
            autoComplete="off"
            enterKeyHint="send"
            onChange={(event) => write(event.target.value)}
          />
          <span className="only-desk sendall-fields">
            <SenderField label={`Sender name for ${all}`} />
            {takesKey && (
              <KeyField label={`Key for ${all}`} placeholder="key" value={key} onChange={setKey} />
            )}
          </span>
          <SendAllOptions lanes={lanes} all={all} headers={headers} onChange={setHeaders} />
          <button
            className="btn solid lg"
            type="submit"
            disabled={size.tooLong}
            aria-label={`Send to ${all}`}
          >
            <span className="word">{sender.slow ? 'Sending' : `Send to ${all}`}</span> <Icon name="send" />
          </button>
        </form>
        {size.words && <p className={size.tooLong ? 'size over' : 'size'}>{size.words}</p>}
        {problems.length > 0 && (
          <p className="refused" role="alert">
            {problems.join(' ')}
          </p>
        )}
      </div>
      <Receipt />
    </section>
  )
}
