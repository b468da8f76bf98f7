'use client'

import { useState } from 'react'
import type { Metadata, MetadataField } from '#lib/protocol/metadata.ts'
import { bytesOfBase64, hexDigits } from '#lib/util/show-bytes.ts'
import { plural } from '../ui/format.ts'
import { Segment, Segmented } from '../ui/segmented.tsx'
import { cutWords } from '../words/bodies.ts'

type Row = MetadataField

const FORMS = { hex: 'Hex', base64: 'Base64' } as const
type Form = keyof typeof FORMS
const FORM_NAMES = ['hex', 'base64'] as const

const CAPTIONS = { headers: 'Headers', properties: 'Properties' } as const

/** Plain headers first, then all else in the order of the wire. */
function rowsOf({ headers, fields }: Metadata): Row[] {
  const plain = Object.entries(headers ?? {}).map(
    ([name, text]): Row => ({ in: 'headers', name, type: 'string', text }),
  )
  return [...plain, ...(fields ?? [])]
}

/** `x-death[0].count` */
const nameOf = ({ name, path = [] }: Row): string =>
  path.reduce<string>((so, step) => (typeof step === 'number' ? `${so}[${step}]` : `${so}.${step}`), name)

function Value({ row, form }: { row: Row; form: Form }) {
  const { type, text, bytes, items, time, omittedBytes } = row
  const cut = cutWords(omittedBytes)
  return (
    <>
      {type === 'null' && <i className="text-ink-2">null</i>}
      {text === '' && <i className="text-ink-2">empty</i>}
      {text}
      {bytes !== undefined && (
        <code className="whitespace-pre-wrap text-xs">
          {(form === 'hex' ? hexDigits(bytesOfBase64(bytes)) : bytes) || 'empty'}
        </code>
      )}
      {items !== undefined && <span className="text-ink-2">{plural(items, 'item')}</span>}
      {time !== undefined && <span className="ml-2 text-ink-2">{new Date(time).toISOString()}</span>}
      {cut !== null && <b className="ml-1 font-strong">{cut}</b>}
    </>
  )
}

/** Longer than what fits without scrolling, in the narrowest column. */
const LONG_CHARS = 60
const isLong = ({ text = '', bytes = '' }: Row): boolean => text.length + bytes.length > LONG_CHARS

function Table({ of, rows, form }: { of: keyof typeof CAPTIONS; rows: readonly Row[]; form: Form }) {
  if (rows.length === 0) return null
  return (
    <table className="mt-3 w-full table-fixed text-left text-sm">
      <caption className="text-left font-strong fs-sm">{CAPTIONS[of]}</caption>
      <thead className="text-ink-2 fs-xs">
        <tr>
          <th scope="col" className="w-[34%] font-text">
            Name
          </th>
          <th scope="col" className="w-[23%] font-text">
            Type
          </th>
          <th scope="col" className="font-text">
            Value
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat, and the order does not change
          <tr key={index} className="border-t align-top">
            <th scope="row" className="wrap-anywhere py-0.5 pr-2 font-text text-ink-2">
              {nameOf(row)}
              {row.omittedNameBytes !== undefined && <b>{cutWords(row.omittedNameBytes)}</b>}
            </th>
            <td className="wrap-anywhere py-0.5 pr-2 text-ink-2">{row.type}</td>
            <td className="wrap-anywhere py-0.5">
              <div
                className="max-h-30 overflow-auto"
                // A keyboard must be able to scroll it.
                tabIndex={isLong(row) ? 0 : undefined}
              >
                <Value row={row} form={form} />
              </div>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Every header and property beside a body, with its type and exactly as the wire carried it. `note`: what else must be known. */
export function MetadataTables({ metadata, note = null }: { metadata: Metadata; note?: string | null }) {
  const [form, choose] = useState<Form>('hex')
  const rows = rowsOf(metadata)
  const omitted = metadata.omittedFields ?? 0
  return (
    <>
      {rows.some(({ bytes }) => bytes !== undefined) && (
        <Segmented role="group" aria-label="Show bytes as">
          {FORM_NAMES.map((one) => (
            <Segment key={one} tight chosen={one === form} onClick={() => choose(one)}>
              {FORMS[one]}
            </Segment>
          ))}
        </Segmented>
      )}
      {note !== null && <p className="text-ink-2 text-sm">{note}</p>}
      <Table of="headers" rows={rows.filter((row) => row.in === 'headers')} form={form} />
      <Table of="properties" rows={rows.filter((row) => row.in === 'properties')} form={form} />
      {omitted > 0 && <p className="mt-1 text-ink-2 text-sm">{plural(omitted, 'more field')} not kept</p>}
    </>
  )
}
