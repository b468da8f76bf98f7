import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { encode } from 'uqr'
import { expect, test } from 'vitest'
import { QrCode } from '#components/ui/qr-code.tsx'

const ADDRESS = 'http://192.168.178.21:3000/join/main-hall'

/** The modules that a path of runs paints: `M3 0h7v1h-7z` is seven modules from the fourth on, in the first row. */
function painted(path: string, size: number): boolean[][] {
  const rows = Array.from({ length: size }, () => Array.from({ length: size }, () => false))
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    rows[Number(y)]?.fill(true, Number(x), Number(x) + Number(length))
  }
  return rows
}

test('a QR code paints exactly the dark modules of its text, with four of white around them, and has a name', () => {
  const svg = renderToStaticMarkup(createElement(QrCode, { text: ADDRESS, label: 'QR code: join this room' }))
  const { data, size } = encode(ADDRESS, { border: 0, ecc: 'M' })
  expect(painted(svg, size)).toEqual(data)
  expect(svg).toContain(`viewBox="-4 -4 ${size + 8} ${size + 8}"`)
  expect(svg).toContain('role="img" aria-label="QR code: join this room"')
})
