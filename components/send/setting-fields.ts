import { z } from 'zod'
import type { Settings } from '#lib/protocol/room.ts'

/** One setting as a form draws it, read from the manifest's schema. */
export type SettingField = { name: string; label: string; hint: string } & (
  | { kind: 'choice'; options: string[]; initial: string }
  | { kind: 'number'; min?: number; max?: number; initial: number }
  | { kind: 'switch'; initial: boolean }
  | { kind: 'text'; initial: string }
)

/** The part of JSON Schema that manifests use. */
const propertySchema = z.object({
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  description: z.string().optional(),
})
const objectSchema = z.object({ properties: z.record(z.string(), propertySchema).default({}) })

const words = (name: string) =>
  name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/^./, (first) => first.toUpperCase())

function toField(name: string, property: z.infer<typeof propertySchema>): SettingField {
  const base = { name, label: words(name), hint: property.description ?? '' }
  const initial = property.default
  if (property.enum) {
    return {
      ...base,
      kind: 'choice',
      options: property.enum,
      initial: String(initial ?? property.enum[0] ?? ''),
    }
  }
  if (property.type === 'integer' || property.type === 'number') {
    return {
      ...base,
      kind: 'number',
      min: property.minimum,
      max: property.maximum,
      initial: Number(initial ?? 0),
    }
  }
  if (property.type === 'boolean') return { ...base, kind: 'switch', initial: initial === true }
  return { ...base, kind: 'text', initial: String(initial ?? '') }
}

/** A form's fields from a settings schema, in the order the manifest wrote them. */
export function settingFields(schema: z.ZodType): SettingField[] {
  const { properties } = objectSchema.parse(z.toJSONSchema(schema, { io: 'input' }))
  return Object.entries(properties).map(([name, property]) => toField(name, property))
}

export const initialSettings = (fields: readonly SettingField[]): Settings =>
  Object.fromEntries(fields.map(({ name, initial }) => [name, initial]))
