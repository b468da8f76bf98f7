import type { Preview } from '#lib/brokers/contract.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { listed } from './sentence.ts'

/** More names than this are counted. */
const NAMED = 3

/** Where a message is going to go, of so many consumers, before it is sent. Null: nothing is known beforehand. */
export function previewWords(preview: Preview, consumerNoun: string, of: number): string | null {
  switch (preview.kind) {
    case 'partition':
      return `goes to p${preview.partition}`
    case 'consumers': {
      const { names } = preview
      if (names.length === 0) return `goes to no ${consumerNoun} here`
      if (names.length > 1 && names.length === of) return `goes to all ${of} ${consumerNoun}s`
      if (names.length > NAMED) return `goes to ${names.length} ${consumerNoun}s`
      return `goes to ${listed(names)}`
    }
    case 'open':
      return null
    default:
      return unreachable(preview)
  }
}
