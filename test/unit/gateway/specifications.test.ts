import { Parser } from '@asyncapi/parser'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, test } from 'vitest'
import { asyncapi } from '#lib/protocol/asyncapi.ts'
import { openapi } from '#lib/protocol/openapi.ts'

describe('the generated specifications are valid', () => {
  test('OpenAPI 3.1', async () => {
    const validator = new Validator()
    const result = await validator.validate(structuredClone(openapi()))
    expect(result).toEqual({ valid: true })
    expect(validator.version).toBe('3.1')
  })
  test('AsyncAPI 3.0', async () => {
    const found = await new Parser().validate(JSON.stringify(asyncapi()))
    expect(found.filter(({ severity }) => severity < 2)).toEqual([])
  })
})
