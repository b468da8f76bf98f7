import * as z from 'zod'
import type { Settings } from '#lib/protocol/room.ts'
import {
  type NumberField,
  type SettingBase,
  type SettingField,
  type SettingUnit,
  settingLabel,
} from '../words/settings.ts'

/** The part of JSON Schema that manifests use. */
const propertySchema = z.object({
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  maxLength: z.number().optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  description: z.string().optional(),
})
const objectSchema = z.object({ properties: z.record(z.string(), propertySchema).default({}) })
type Property = z.infer<typeof propertySchema>

/** What a setting's name says of its unit. */
const UNITS: ReadonlyArray<readonly [suffix: string, unit: SettingUnit]> = [
  ['Ms', 'ms'],
  ['Percent', '%'],
  ['Bytes', 'bytes'],
]
const unitOf = (name: string): SettingUnit => UNITS.find(([suffix]) => name.endsWith(suffix))?.[1] ?? null

/** The widest range that a slider still resolves. */
const SLIDES_UP_TO = 10_000

function numberField(
  base: SettingBase,
  { minimum: min, maximum: max, default: initial }: Property,
): NumberField {
  const unit = unitOf(base.name)
  const slides = unit !== null && min !== undefined && max !== undefined && max - min <= SLIDES_UP_TO
  const label = unit === null || slides ? base.label : `${base.label} (${unit})`
  return { ...base, label, kind: 'number', min, max, unit, slides, initial: Number(initial ?? min ?? 0) }
}

function toField(name: string, property: Property): SettingField {
  const base = { name, label: settingLabel(name), hint: property.description ?? '' }
  const initial = property.default
  if (property.enum) {
    const options = property.enum
    return { ...base, kind: 'choice', options, initial: String(initial ?? options[0] ?? '') }
  }
  if (property.type === 'integer' || property.type === 'number') return numberField(base, property)
  if (property.type === 'boolean') return { ...base, kind: 'switch', initial: initial === true }
  return { ...base, kind: 'text', maxLength: property.maxLength, initial: String(initial ?? '') }
}

const known = new WeakMap<z.ZodType, SettingField[]>()

/** A form's fields from a settings schema, in the order the manifest wrote them. */
export function settingFields(schema: z.ZodType): SettingField[] {
  const before = known.get(schema)
  if (before) return before
  const { properties } = objectSchema.parse(z.toJSONSchema(schema, { io: 'input' }))
  const fields = Object.entries(properties).map(([name, property]) => toField(name, property))
  known.set(schema, fields)
  return fields
}

export const initialSettings = (fields: readonly SettingField[]): Settings =>
  Object.fromEntries(fields.map(({ name, initial }) => [name, initial]))

/** The settings of `after` that `before` has otherwise. */
export const changedSettings = (before: Settings, after: Settings): Settings =>
  Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name] !== value))

/** How far one step of a slider goes: a hundred or so steps over its range, in round numbers. */
export function sliderStep({ min = 0, max = 0 }: NumberField): number {
  const range = max - min
  if (range <= 200) return 1
  return range <= 2_000 ? 10 : 50
}
