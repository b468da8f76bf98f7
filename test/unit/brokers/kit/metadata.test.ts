import { expect, it } from 'vitest'
import { metadataOf, STRING, type WireEntry } from '#lib/brokers/kit/metadata.ts'
import {
  FIELDS_MAX,
  HEADER_NAME_MAX_CHARS,
  HEADER_VALUE_MAX_CHARS,
  HEADERS_MAX,
} from '#lib/protocol/limits.ts'

const MB = 1024 * 1024
const read = (headers: WireEntry[], isAdded = (_name: string) => false) =>
  metadataOf({ headers, properties: [], isAdded })
const text = (name: string | Uint8Array, bytes: Uint8Array): WireEntry => ({
  name,
  value: { type: STRING, bytes },
})

it('a header of many megabytes is shown by its beginning, with what was cut counted exactly, in any script', () => {
  const value = Buffer.from('é'.repeat(MB))
  const { fields, headers } = read([text('h', value)])
  expect(headers).toBeUndefined()
  expect(fields).toEqual([
    {
      ...{ in: 'headers', name: 'h', type: 'string' },
      ...{ text: 'é'.repeat(HEADER_VALUE_MAX_CHARS), omittedBytes: 2 * (MB - HEADER_VALUE_MAX_CHARS) },
    },
  ])
})

it('a name of many megabytes is shown by its beginning, and so is one that is no text', () => {
  const name = 'n'.repeat(MB)
  const { fields } = read([
    text(Buffer.from(name), Buffer.from('a')),
    text(Buffer.alloc(MB, 0xff), Buffer.from('b')),
  ])
  const omittedNameBytes = MB - HEADER_NAME_MAX_CHARS
  expect(fields).toMatchObject([
    { name: 'n'.repeat(HEADER_NAME_MAX_CHARS), text: 'a', omittedNameBytes },
    { name: '\ufffd'.repeat(HEADER_NAME_MAX_CHARS), text: 'b', omittedNameBytes },
  ])
})

it('of a hundred thousand headers, no more are read than could be shown, and the others are counted', () => {
  const all = 100_000
  let asked = 0
  const found = read(
    Array.from({ length: all }, (_, index) => text(`h${index}`, Buffer.from('v'))),
    () => {
      asked += 1
      return false
    },
  )
  expect(Object.keys(found.headers ?? {})).toHaveLength(HEADERS_MAX)
  expect(found.fields).toHaveLength(FIELDS_MAX)
  expect(found.omittedFields).toBe(all - HEADERS_MAX - FIELDS_MAX)
  expect(asked).toBeLessThan(1_000)
})
