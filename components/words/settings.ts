import { unreachable } from '#lib/util/unreachable.ts'
import { formatCount } from '../ui/format.ts'

/** Labels that cannot be derived from the setting's name. */
const LABELS: Record<string, string> = {
  processingMs: 'Processing time',
  failurePercent: 'Failure rate',
}

/** Abbreviations that are written in capitals. */
const CAPITALS = /\b(ttl|id|dlx|acks)\b/gi
const SUFFIX = /(Ms|Percent|Bytes)$/

/** A setting's name as words: `maxLength` is "Max length". */
export function settingLabel(name: string): string {
  const known = LABELS[name]
  if (known) return known
  const words = name
    .replace(SUFFIX, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(CAPITALS, (short) => (short === 'acks' ? short : short.toUpperCase()))
  return words.replace(/^./, (first) => first.toUpperCase())
}

type Value = string | number | boolean | null

/** What the words depend on of a field of a settings form. */
interface WordedField {
  kind: 'switch' | 'number' | 'choice' | 'text'
  hint: string
  unit?: string | null
  initial: Value
}

/** A setting's value as text: "250 ms", "30 %", "on". */
export function settingWords(field: WordedField, value: Value): string {
  switch (field.kind) {
    case 'switch':
      return value === true ? 'on' : 'off'
    case 'number':
      return [formatCount(Number(value ?? 0)), field.unit].filter(Boolean).join(' ')
    case 'choice':
    case 'text':
      return value === '' || value === null ? 'none' : String(value)
    default:
      return unreachable(field.kind)
  }
}

/** What a setting does, with its default. */
export function hintWords(field: WordedField): string {
  const stop = field.hint === '' || field.hint.endsWith('.') ? '' : '.'
  return `${field.hint}${stop} Default: ${settingWords(field, field.initial)}.`.trim()
}
