import type { Preview } from '#lib/brokers/contract.ts'
import { listed } from './sentence.ts'

/** More names than this are counted. */
const NAMED = 3

/** Where a message is going to go, before it is sent. Null: nothing is known beforehand. */
export function previewWords(preview: Preview, consumerNoun: string): string | null {
  switch (preview.kind) {
    case 'partition':
      return `goes to p${preview.partition}`
    case 'consumers': {
      const { names } = preview
      if (names.length === 0) return `goes to no ${consumerNoun} here`
      if (names.length > NAMED) return `goes to ${names.length} ${consumerNoun}s`
      return `goes to ${listed(names)}`
    }
    case 'open':
      return null
  }
}
