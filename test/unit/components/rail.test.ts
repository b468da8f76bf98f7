import { describe, expect, test } from 'vitest'
import { drawRail } from '#components/rail/cords.ts'

const geometry = { height: 40, start: 0, jackTop: 52 }

describe('the number of cords is the number of copies', () => {
  test('one cord to the one worker that got it, a stub to the other, one port', () => {
    const drawing = drawRail(
      'queue',
      [
        { x: 24, plugged: false },
        { x: 508, plugged: true },
      ],
      geometry,
    )
    expect(drawing.cords).toEqual(['M0 20H500Q508 20 508 28V52'])
    expect(drawing.stubs).toEqual(['M24 28V52'])
    expect(drawing.ports).toEqual([20])
  })

  test('cords never cross: the farther jack takes the higher one', () => {
    const { cords } = drawRail(
      'fanout',
      [
        { x: 508, plugged: true },
        { x: 24, plugged: true },
      ],
      geometry,
    )
    expect(cords).toEqual(['M0 25H16Q24 25 24 33V52', 'M0 15H500Q508 15 508 23V52'])
  })

  test('a log has a port for each group that reads it', () => {
    const jacks = [24, 347, 672].map((x) => ({ x, plugged: x > 24 }))
    expect(drawRail('log', jacks, geometry).ports).toEqual([25, 15])
  })

  test('many cords share the rail without leaving it', () => {
    const jacks = Array.from({ length: 30 }, (_, index) => ({ x: 20 * (index + 1), plugged: true }))
    const ys = drawRail('log', jacks, geometry).ports
    expect(Math.min(...ys)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...ys)).toBeLessThanOrEqual(40)
  })
})
