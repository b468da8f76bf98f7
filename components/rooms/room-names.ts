import { LOBBY } from '#lib/protocol/lobby.ts'

const FIRST =
  'amber brisk calm dawn early fern green harbour ivory juniper kind lunar maple noon oak quiet river silver tidy violet warm'.split(
    ' ',
  )
const SECOND =
  'attic bay den deck field forge garden hall hut lab loft mill nook pier porch shed studio tower yard'.split(
    ' ',
  )

const pick = (words: readonly string[]): string => words[Math.floor(Math.random() * words.length)] ?? ''

/** A name for a new room that nobody has yet, as far as is known. */
export function suggestedRoomName(taken: readonly string[]): string {
  for (;;) {
    const name = `${pick(FIRST)}-${pick(SECOND)}`
    if (!taken.includes(name)) return name
  }
}

export const roomTitle = (room: string): string => (room === LOBBY ? 'Lobby' : room)

/** "nobody here", "1 person", "23 people" */
export function peopleHereWords(people: number): string {
  if (people === 0) return 'nobody here'
  return people === 1 ? '1 person' : `${people} people`
}
