import type { Consumer, Person } from './room.ts'

/**
 * How many people are in a room with a phone: those who came with one, whether they have a seat, play a part or only watch, and
 * those who have a seat, because only phones take seats. Left out are those whose phone is away.
 */
export function countPhones(people: Iterable<Person>, consumers: Iterable<Consumer>): number {
  const phones = new Set<string>()
  for (const { id, phone } of people) if (phone === true) phones.add(id)
  for (const { owner, away } of consumers) if (owner !== undefined && away !== true) phones.add(owner.id)
  return phones.size
}
