import * as z from 'zod'

/** Words that steps and expectations of a lesson share. */

/** A consumer by its name, or by its id where several have the name. */
export const consumerRefSchema = z
  .string()
  .regex(
    /^([a-z][a-z0-9_]{0,31}:[A-Za-z0-9._-]{1,64}:)?[A-Za-z0-9._-]{1,64}$/,
    'the name of a consumer, or its id system:destination:name',
  )

/** What a lesson calls some of its messages. */
export const labelSchema = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'lower-case letters, digits and dashes')

const COUNT_MAX = 1_000_000
const whole = z.number().int().min(0).max(COUNT_MAX)

export const countSchema = z.union(
  [whole, z.strictObject({ min: whole.optional(), max: whole.optional() })],
  {
    error: 'a number, or min and max',
  },
)
export type Count = z.infer<typeof countSchema>

/** A count, or all that are there: the lesson's own consumers and those of everybody who sits beside them. */
export const countOrAllSchema = z.union([countSchema, z.literal('all')], {
  error: 'a number, min and max, or all',
})

type Given<S extends Record<string, z.ZodType>> = {
  [K in keyof S]: Record<K, z.output<S[K]>>
}[keyof S]

/** An object with one member of these, whose name says what it is: its faults are reported as that member's. */
export function oneOf<S extends Record<string, z.ZodType>>(shape: S) {
  const names = Object.keys(shape)
  const optional = Object.fromEntries(
    Object.entries(shape).map(([name, schema]) => [name, schema.optional()]),
  )
  return z
    .strictObject(optional)
    .refine((value) => Object.keys(value).length === 1, `one of ${names.join(', ')}`)
    .transform((value) => value as Given<S>)
}
