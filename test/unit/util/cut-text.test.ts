import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutCounted, cutText, firstCharacter, lastOfText, shorten } from '#lib/util/cut-text.ts'

const FAMILY = '👨‍👩‍👧‍👦'
/** No half of a surrogate pair. */
const isWhole = (text: string) => !/\p{Cs}/u.test(text)

describe('a cut text', () => {
  it.each([
    ['abcdef', 3, 'abc'],
    ['ab', 3, 'ab'],
    ['a👍b', 2, 'a'],
    [`a${FAMILY}b`, 5, 'a'],
    [`a${FAMILY}b`, 12, `a${FAMILY}`],
    ['ae\u0301x', 2, 'a'],
    ['🇩🇪🇫🇷', 6, '🇩🇪'],
    ['x\r\ny', 2, 'x'],
    ['👍', 1, ''],
    ['', 0, ''],
  ])('%o at %d is %o', (text, max, cut) => expect(cutText(text, max)).toBe(cut))

  it('never ends within a character, nor is it longer than asked, whatever the text', () => {
    const texts = fc.string({ unit: 'grapheme', maxLength: 200 })
    fc.assert(
      fc.property(texts, fc.nat(250), (text, max) => {
        const cut = cutText(text, max)
        expect(cut.length).toBeLessThanOrEqual(max)
        expect(text.startsWith(cut)).toBe(true)
        expect(isWhole(cut)).toBe(true)
        if (text.length <= max) expect(cut).toBe(text)
        else expect(max - cut.length).toBeLessThanOrEqual(64)
        expect(isWhole(lastOfText(text, max))).toBe(true)
        expect(text.endsWith(lastOfText(text, max))).toBe(true)
      }),
    )
  })

  it('a letter under more accents than any screen shows is cut between its code points', () => {
    const tower = `a${'\u0301'.repeat(1_000)}`
    expect(cutText(tower, 500)).toHaveLength(500)
    expect(isWhole(cutText('👍'.repeat(500), 501))).toBe(true)
  })

  it('has the bytes that follow counted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat({ max: 12 }), (whole, max) => {
        const { text, omittedBytes } = cutCounted(whole, max)
        expect(text).toBe(cutText(whole, max))
        expect(Buffer.from(text).toString()).toBe(text)
        expect(Buffer.byteLength(text) + omittedBytes).toBe(Buffer.byteLength(whole))
      }),
    )
  })

  it('says with an ellipsis that it is cut', () => {
    expect(shorten('abcdef', 3)).toBe('abc…')
    expect(shorten('abc', 3)).toBe('abc')
  })

  it('begins with the whole first character', () => {
    expect(firstCharacter(`${FAMILY} Ada`)).toBe(FAMILY)
    expect(firstCharacter('e\u0301te')).toBe('e\u0301')
    expect(firstCharacter('')).toBe('')
  })
})
