import { describe, expect, it, onTestFinished, vi } from 'vitest'
import * as z from 'zod'
import { catalog } from '#lib/brokers/catalog.ts'
import { seekSchema, startLoadSchema } from '#lib/protocol/command-schemas.ts'
import { commandNamed, commandNames } from '#lib/protocol/command-table.ts'
import { LOAD_RATE_MIN_PER_SECOND } from '#lib/protocol/limits.ts'
import { LoadGenerator } from '#lib/rooms/load-generator.ts'

interface NumberFound {
  at: string
  minimum: unknown
  maximum: unknown
}

/** Every number that a schema takes, with its bounds. A command's `settings` are bounded by their manifest's schemas. */
function numbersIn(schema: unknown, at: string): NumberFound[] {
  if (Array.isArray(schema)) return schema.flatMap((inner, index) => numbersIn(inner, `${at}[${index}]`))
  if (typeof schema !== 'object' || schema === null) return []
  const { type, minimum, maximum } = schema as { type?: unknown; minimum?: unknown; maximum?: unknown }
  const own = type === 'number' || type === 'integer' ? [{ at, minimum, maximum }] : []
  const inner = Object.entries(schema).filter(([name]) => name !== 'settings')
  return [...own, ...inner.flatMap(([name, value]) => numbersIn(value, `${at}.${name}`))]
}

const unbounded = (schema: z.ZodType, of: string) =>
  numbersIn(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), of).filter(
    ({ minimum, maximum }) => typeof minimum !== 'number' || typeof maximum !== 'number',
  )

describe('numbers at the edge', () => {
  it.each(commandNames)('every number that %s takes has a least and a greatest value', (name) => {
    expect(unbounded(commandNamed(name).input, name)).toEqual([])
  })

  it.each(catalog.map(({ id, modes }) => [id, modes] as const))(
    'every number in the settings of %s has a least and a greatest value',
    (system, modes) => {
      const schemas = Object.values(modes).flatMap((mode) =>
        Object.values(mode ?? {}).filter((value) => value instanceof z.ZodType),
      )
      expect(schemas.length).toBeGreaterThan(2)
      expect(schemas.flatMap((schema) => unbounded(schema, system))).toEqual([])
    },
  )

  const load = { system: 'redis', rate: 1, count: 1, size: 1 }
  it.each([1e-9, LOAD_RATE_MIN_PER_SECOND / 2, Number.NaN, Number.POSITIVE_INFINITY, -1, 1e308, '5', null])(
    'a load of %s messages a second is refused',
    (rate) => expect(startLoadSchema.safeParse({ ...load, rate }).success).toBe(false),
  )
  it.each([
    { count: 1e9 },
    { count: 0.5 },
    { count: Number.NaN },
    { size: 1e9 },
    { keys: -1 },
    { keys: 1e6 },
  ])('a load with %o is refused', (change) =>
    expect(startLoadSchema.safeParse({ ...load, ...change }).success).toBe(false),
  )
  it.each([0, LOAD_RATE_MIN_PER_SECOND, 0.5, 100_000])('a load of %s messages a second is accepted', (rate) =>
    expect(startLoadSchema.safeParse({ ...load, rate }).success).toBe(true),
  )

  it.each([
    { to: 'time', at: 8.64e15 + 1 },
    { to: 'time', at: Number.POSITIVE_INFINITY },
    { to: 'offset', offset: '18446744073709551616' },
    { to: 'offset', offset: '1-99999999999999999999' },
    { to: 'offset', offset: '1', partition: 2 ** 31 },
  ])('a seek to %o is refused: no broker has such a place', (seek) =>
    expect(seekSchema.safeParse(seek).success).toBe(false),
  )

  it('a load with the least rate waits between its messages, and takes no processor meanwhile', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const send = vi.fn()
    const generator = new LoadGenerator({
      id: 'l',
      input: { ...load, rate: LOAD_RATE_MIN_PER_SECOND, count: 3 },
      destination: 'd',
      send,
      onChange: () => undefined,
      ready: null,
      isBlocked: () => false,
    })
    const start = performance.now()
    let turns = 0
    while (send.mock.calls.length < 2) {
      vi.advanceTimersToNextTimer()
      turns += 1
    }
    expect(performance.now() - start).toBeCloseTo(100_000, -2)
    expect(turns).toBeLessThan(10)
    generator.stop()
  })

  it('a load keeps its pace when the wall clock is set anew', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const send = vi.fn()
    const input = { ...load, rate: 10, count: 1_000 }
    const parts = {
      id: 'l',
      destination: 'd',
      send,
      onChange: () => undefined,
      ready: null,
      isBlocked: () => false,
    }
    const generator = new LoadGenerator({ ...parts, input })
    vi.advanceTimersByTime(1_000)
    vi.setSystemTime(Date.now() + 7_200_000)
    vi.advanceTimersByTime(1_000)
    vi.setSystemTime(Date.now() - 14_400_000)
    vi.advanceTimersByTime(1_000)
    expect(send.mock.calls.length).toBeGreaterThanOrEqual(29)
    expect(send.mock.calls.length).toBeLessThanOrEqual(32)
    generator.stop()
  })
})
