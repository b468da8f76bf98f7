import { describe, expect, it } from 'vitest'
import { joinSchema, publishSchema } from '#lib/protocol/command-schemas.ts'
import { COMMANDS } from '#lib/protocol/command-table.ts'
import { groupNameSchema, nameSchema, personNameSchema, roomNameSchema } from '#lib/protocol/names.ts'
import { personSchema } from '#lib/protocol/room.ts'
import { withHiddenWritten } from '#lib/util/hidden-characters.ts'

const HIDDEN = {
  'an override': 'Ada\u202eecila',
  'an isolate': '\u2066Ada\u2069',
  'a mark of direction': 'Ada\u200f',
  'an Arabic mark of direction': 'Ada\u061c',
  'a zero-width space': 'A\u200bda',
  'a word joiner': 'A\u2060da',
  'a byte order mark within': 'A\ufeffda',
  'a soft hyphen': 'A\u00adda',
  'a joiner between Latin letters': 'A\u200dda',
  'a joiner at the end': 'न\u200d',
  'two joiners': 'ن\u200c\u200cن',
  'a variant of a letter': 'Ad\ufe0fa',
  tags: 'Ada\u{e0041}',
  'a Hangul filler': 'Ada\u3164',
  'a separator of lines': 'A\u2028da',
  'a control': 'A\u0007da',
  'half a surrogate pair': 'A\ud83d',
  'a Braille blank': 'A\u2800da',
  'a tower of accents': `A${'\u0301'.repeat(9)}`,
}
const BLANK = [
  '',
  ' ',
  '\u00a0',
  '\u3000',
  '\u200b',
  '\u3164',
  '\u2800',
  '\u115f\u1160',
  '\u0301',
  '\u{e0020}',
]
const READABLE = [
  'Ada',
  'Jean-Luc d’Été',
  'Ελένη',
  'עדה',
  'آدا',
  'نیم\u200cفاصله',
  'क्\u200dष',
  '山田 太郎',
  '👩🏽‍💻',
  '👨‍👩‍👧‍👦',
  '❤️‍🔥',
  '🏳️‍🌈',
  '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  '1️⃣',
  '‽',
]

describe('the name of a person', () => {
  it.each(Object.entries(HIDDEN))('with %s is refused', (_, name) =>
    expect(personNameSchema.safeParse(name).success).toBe(false),
  )
  it.each(BLANK)('in which there is nothing to be seen is refused (%o)', (name) =>
    expect(personNameSchema.safeParse(name).success).toBe(false),
  )
  it.each(READABLE)('%s is accepted', (name) => expect(personNameSchema.parse(name)).toBe(name.normalize()))

  it('is the same name however its accents are written', () =>
    expect(personNameSchema.parse('E\u0301te\u0301')).toBe('Été'))

  it('is refused wherever one is given, and shown where an old recording holds it', () => {
    const name = HIDDEN['an override']
    const publish = { text: 'x', to: [{ system: 'redis' }], sender: name }
    expect(publishSchema.safeParse(publish).success).toBe(false)
    expect(joinSchema.safeParse({ room: 'lobby', personId: 'a', name, colour: 1 }).success).toBe(false)
    expect(COMMANDS['person:update'].input.safeParse({ name, colour: 1 }).success).toBe(false)
    expect(personSchema.safeParse({ id: 'a', name, colour: 1 }).success).toBe(true)
  })
})

describe('the names of rooms, destinations, consumers and groups', () => {
  it.each([...Object.values(HIDDEN), ...BLANK])('are all to be seen: %o is refused', (name) => {
    for (const schema of [roomNameSchema, nameSchema, groupNameSchema])
      expect(schema.safeParse(name).success).toBe(false)
  })
})

describe('names that other programs chose', () => {
  it.each([
    ['payments', 'payments'],
    ['pay ments', 'pay ments'],
    ['pay\u200bments', 'pay\\u{200B}ments'],
    ['\u202estnemyap', '\\u{202E}stnemyap'],
    ['\u3164', '\\u{3164}'],
    ['  ', '\\u{20}\\u{20}'],
    ['\u{e0041}x', '\\u{E0041}x'],
    ['نیم\u200cفاصله', 'نیم\u200cفاصله'],
    ['', ''],
  ])('are shown with what is hidden in them written out: %o', (name, shown) =>
    expect(withHiddenWritten(name)).toBe(shown),
  )
})
