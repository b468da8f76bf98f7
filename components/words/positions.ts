import type { Address } from '#lib/protocol/address.ts'
import { unreachable } from '#lib/util/unreachable.ts'

/** The position of a record: `p2@17`, or a stream's entry id. Null for queues, channels and lists, which have no positions. */
export function positionWord(address: Address): string | null {
  switch (address.kind) {
    case 'offset':
      return `p${address.partition}@${address.offset}`
    case 'entry':
      return address.id
    case 'queue':
    case 'channel':
    case 'item':
      return null
    default:
      return unreachable(address)
  }
}

const ENDINGS: Record<Intl.LDMLPluralRule, string> = {
  one: 'st',
  two: 'nd',
  few: 'rd',
  other: 'th',
  zero: 'th',
  many: 'th',
}
const ordinals = new Intl.PluralRules('en', { type: 'ordinal' })
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** `1st`, `22nd`, `1,013th` */
export const ordinalWord = (count: number): string =>
  `${whole.format(count)}${ENDINGS[ordinals.select(count)]}`
