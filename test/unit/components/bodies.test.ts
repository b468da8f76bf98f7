import { describe, expect, test } from 'vitest'
import {
  bodyWords,
  bytesWord,
  cutWords,
  noBodyWord,
  openedWords,
  outsideWords,
  rowText,
  sizeWords,
  unseenWords,
} from '#components/words/bodies.ts'

describe('a body', () => {
  const body = {
    ...{ text: 'x', nullBody: false, unreadable: null },
    ...{ bytes: null, encoding: null, omittedBytes: 0 },
  } as const

  test('that is null is told from an empty one', () => {
    expect(noBodyWord(body)).toBeNull()
    expect(noBodyWord({ ...body, text: '' })).toBe('empty')
    expect(noBodyWord({ ...body, text: '', nullBody: true })).toBe('null')
    expect([body, { ...body, text: null }, undefined].map(bodyWords)).toEqual(['x', '…', '…'])
    expect(sizeWords({ ...body, text: '', nullBody: true }, 0)).toBe('none: the body is null')
  })

  test('that is no text says what it is, how large, and how much of it is not kept', () => {
    const packed = { ...body, bytes: 'H4sI', encoding: 'gzip', omittedBytes: 24 } as const
    expect(bytesWord(packed)).toBeNull()
    expect(bytesWord({ ...packed, encoding: null })).toBe('bytes')
    expect(sizeWords(packed, 3)).toBe('27 bytes, gzip, of which the last 24 are not kept')
    expect(sizeWords(body, 1)).toBe('1 bytes')
    expect(cutWords(3_976)).toBe('… 3,976 more bytes')
    expect(cutWords(undefined)).toBeNull()
  })

  test('that is no text stands in a row as its first bytes', () => {
    const bytes = (count: number) => Buffer.alloc(count, 0xff).toString('base64')
    const binary = { ...body, text: '\ufffd', bytes: bytes(2) } as const
    expect(rowText(binary)).toBe('ff ff')
    expect(rowText({ ...binary, bytes: bytes(16) })).toBe(Array(16).fill('ff').join(' '))
    expect(rowText({ ...binary, bytes: bytes(17) })).toBe(`${Array(16).fill('ff').join(' ')} …`)
    expect(rowText({ ...binary, text: 'gzip, 9 bytes', encoding: 'gzip' })).toBe('gzip, 9 bytes')
  })

  test('of which nothing shows is called blank, and the characters that do not show are named', () => {
    expect(noBodyWord({ ...body, text: ' \n\u200b\ufeff' })).toBe('blank')
    expect(noBodyWord({ ...body, text: ' ', omittedBytes: 1 })).toBeNull()
    expect(unseenWords('two\nlines\twith é')).toBeNull()
    expect(unseenWords('\ufeffa\u202eb\u202e\0')).toBe('U+FEFF, U+202E, U+0000')
    expect(unseenWords(String.fromCharCode(...Array(32).keys()))).toMatch(/^U\+0000, .*U\+0007 and more$/)
  })

  test.each([
    [1, 'Unreadable: it is corrupt'],
    [1_200, '1,200 records, unreadable: it is corrupt'],
  ])('that could not be read says why, and with how many of its batch: %i', (records, words) => {
    const unreadable = { ...body, text: '', unreadable: { reason: 'it is corrupt', records } }
    expect(bodyWords(unreadable)).toBe(words)
    expect(sizeWords(unreadable, 0)).toBe('unknown: the body could not be read')
  })

  test('that was opened says whether that is all of it', () => {
    const bytes = new Uint8Array(5)
    expect(openedWords({ bytes, end: 'whole' })).toBe('5 bytes when opened')
    expect(openedWords({ bytes, end: 'limit' })).toBe('its first 5 bytes when opened')
    expect(openedWords({ bytes, end: 'cut' })).toBe('damaged or cut: 5 bytes of it could be opened')
  })

  test('from outside that bears an id of ours names the message whose id it is', () => {
    expect(outsideWords(null)).toBe('outside')
    expect(outsideWords(42)).toBe('outside, with the id of #42')
  })
})
