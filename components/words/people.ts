import type { PersonChangeView } from '#lib/ledger/model/views.ts'
import { shorten } from '#lib/util/cut-text.ts'

/** What became of a person, worded to follow their name: "joined". */
export const personChangeWords = ({ what, nameBefore }: PersonChangeView): string =>
  what === 'renamed' ? `is the new name of ${nameBefore}` : what

/** As much of a name as a sentence of several names has room for. */
const NAME_CHARS = 24

/** Several changes as one sentence: "Ada and 3 others joined". Empty where there is none. */
export function personNewsWords(changes: readonly PersonChangeView[]): string {
  const sentences = (['joined', 'left'] as const).map((what) => {
    const names = [...new Set(changes.filter((one) => one.what === what).map(({ person }) => person.name))]
    if (names.length === 0) return ''
    const [first = '', second = ''] = names.map((name) => shorten(name, NAME_CHARS))
    if (names.length === 1) return `${first} ${what}`
    if (names.length === 2) return `${first} and ${second} ${what}`
    return `${first} and ${names.length - 1} others ${what}`
  })
  const renamed = changes.filter((one) => one.what === 'renamed')
  return [
    ...sentences,
    ...renamed.map(
      ({ person, nameBefore }) =>
        `${shorten(nameBefore ?? '', NAME_CHARS)} is ${shorten(person.name, NAME_CHARS)} now`,
    ),
  ]
    .filter(Boolean)
    .join('. ')
}
