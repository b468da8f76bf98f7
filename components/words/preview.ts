import type { Preview } from '#lib/brokers/contract.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { listed } from './sentence.ts'

/** More consumers than this are counted instead of named. */
const NAMED = 3

/** Where a message will go, of `of` consumers, before it is sent. Null if that cannot be known. */
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
