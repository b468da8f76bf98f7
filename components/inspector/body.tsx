'use client'

import { useState } from 'react'
import type { ContentView } from '#lib/ledger/model/views.ts'
import { type Opened, openPacked, type Packing } from '#lib/util/open-packed.ts'
import { prettyJson } from '#lib/util/pretty-json.ts'
import { base64Of, bytesOfBase64, hexOf } from '#lib/util/show-bytes.ts'
import { Button } from '../ui/button.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { Segment, Segmented } from '../ui/segmented.tsx'
import { noBodyWord, openedWords } from '../words/bodies.ts'

/** A gzip body can hold a thousand times its size: so much of it is opened. */
const OPENED_MAX_BYTES = 256 * 1024

const encoder = new TextEncoder()

/** The bytes of a body as they are held here. */
export const heldBytes = ({ text, bytes }: Pick<ContentView, 'text' | 'bytes'>): Uint8Array<ArrayBuffer> =>
  bytes === null ? encoder.encode(text ?? '') : bytesOfBase64(bytes)

const FORMS = { text: 'Text', json: 'JSON', hex: 'Hex', base64: 'Base64' } as const
type Form = keyof typeof FORMS

/** A body in each form that it can be read in, the best first. */
function formsOf(
  text: string | null,
  bytes: Uint8Array,
  isText: boolean,
): Partial<Record<Form, () => string>> {
  const json = isText && text !== null ? prettyJson(text) : null
  return {
    ...(json === null ? {} : { json: () => json }),
    ...(isText && text !== null ? { text: () => text } : {}),
    hex: () => hexOf(bytes),
    base64: () => base64Of(bytes),
  }
}

interface BytesProps {
  /** Names it for a screen reader: "body". */
  what: string
  text: string | null
  bytes: Uint8Array
  /** The bytes are valid UTF-8, and `text` is what they say. */
  isText: boolean
  /** A text of which nothing shows. */
  isBlank?: boolean
}

/** Bytes in one of the forms in which they can be read, with a switch. */
function ReadableBytes({ what, text, bytes, isText, isBlank = false }: BytesProps) {
  const forms = formsOf(text, bytes, isText)
  const offered = (Object.keys(FORMS) as Form[]).filter((form) => forms[form] !== undefined)
  const best = forms.json ? 'json' : isText && !isBlank ? 'text' : 'hex'
  const [chosen, choose] = useState<Form | null>(null)
  const form = chosen !== null && forms[chosen] ? chosen : best
  const shown = forms[form]?.() ?? ''
  return (
    <>
      <div className="my-1 flex flex-wrap items-center gap-2">
        <Segmented role="group" aria-label={`Show the ${what} as`}>
          {offered.map((one) => (
            <Segment key={one} tight chosen={one === form} onClick={() => choose(one)}>
              {FORMS[one]}
            </Segment>
          ))}
        </Segmented>
        {form !== 'text' && <CopyButton text={shown} what={`${what} as ${FORMS[form]}`} />}
      </div>
      <section
        className="max-h-60 overflow-auto whitespace-pre-wrap font-mono text-xs wrap-anywhere"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard must be able to scroll it
        tabIndex={0}
        aria-label={`The ${what}`}
      >
        {shown}
      </section>
    </>
  )
}

/** A compressed body, opened when somebody asks for it, and only up to a limit. */
function PackedContent({ packing, packed }: { packing: Packing; packed: Uint8Array<ArrayBuffer> }) {
  const [opened, setOpened] = useState<Opened | null>(null)
  if (opened === null) {
    return (
      <Button size="sm" onClick={() => void openPacked(packing, packed, OPENED_MAX_BYTES).then(setOpened)}>
        Open the {packing}
      </Button>
    )
  }
  const text = utf8Of(opened.bytes)
  return (
    <>
      <p className="mt-2 text-ink-2 text-sm">{openedWords(opened)}</p>
      <ReadableBytes what="opened body" text={text} bytes={opened.bytes} isText={text !== null} />
    </>
  )
}

/** Null where the bytes are no UTF-8; a character cut at the end is left out. */
function utf8Of(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true })
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}

/** What the message says, exactly: as text, as JSON on lines of its own, or byte by byte. */
export function Body({ message }: { message: ContentView }) {
  const none = noBodyWord(message)
  if (message.unreadable || none === 'null' || none === 'empty')
    return (
      <p className="my-1 text-ink-2 text-sm">{message.unreadable ? `${none}.` : `The body is ${none}.`}</p>
    )
  if (message.text === null) return null
  const bytes = heldBytes(message)
  return (
    <div>
      <ReadableBytes
        what="body"
        text={message.text}
        bytes={bytes}
        isText={message.bytes === null}
        isBlank={none === 'blank'}
      />
      {(message.encoding === 'gzip' || message.encoding === 'deflate') && (
        <PackedContent packing={message.encoding} packed={bytes} />
      )}
    </div>
  )
}
