import { unreachable } from '#lib/util/unreachable.ts'
import { formatCount } from '../ui/format.ts'

export type SettingUnit = 'ms' | '%' | 'bytes' | null

export interface SettingBase {
  name: string
  label: string
  hint: string
}
export interface NumberField extends SettingBase {
  kind: 'number'
  min?: number | undefined
  max?: number | undefined
  unit: SettingUnit
  /** Few enough steps between its bounds for a slider. */
  slides: boolean
  initial: number
}

/** One field of a settings form, derived from the manifest's schema. */
export type SettingField =
  | (SettingBase & { kind: 'choice'; options: string[]; initial: string })
  | NumberField
  | (SettingBase & { kind: 'switch'; initial: boolean })
  | (SettingBase & { kind: 'text'; maxLength?: number | undefined; initial: string })

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

/** A setting's value as text: "250 ms", "30 %", "on". */
export function settingWords(field: SettingField, value: Value): string {
  switch (field.kind) {
    case 'switch':
      return value === true ? 'on' : 'off'
    case 'number':
      return [formatCount(Number(value ?? 0)), field.unit].filter(Boolean).join(' ')
    case 'choice':
    case 'text':
      return value === '' || value === null ? 'none' : String(value)
    default:
      return unreachable(field)
  }
}

/** What a setting does, with its default. */
export function hintWords(field: SettingField): string {
  const stop = field.hint === '' || field.hint.endsWith('.') ? '' : '.'
  return `${field.hint}${stop} Default: ${settingWords(field, field.initial)}.`.trim()
}
