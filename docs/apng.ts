import { crc32, deflateSync } from 'node:zlib'
import { PNG } from 'pngjs'

/** One picture of a moving one, as a PNG, and when it was taken, in milliseconds. */
export interface Shot {
  png: Buffer
  at: number
}

interface Frame {
  x: number
  y: number
  width: number
  height: number
  delayMs: number
  /** RGBA, transparent where nothing changed. */
  pixels: Buffer
}

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10])
const PIXEL_BYTES = 4
const OVER = 1

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

const numbers = (...values: number[]): Buffer => {
  const buffer = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => void buffer.writeUInt32BE(value, index * 4))
  return buffer
}

/** The smallest rectangle that holds all pixels that differ; null where none does. */
function changedBox(before: PNG, after: PNG): Omit<Frame, 'delayMs' | 'pixels'> | null {
  let [left, top, right, bottom] = [after.width, after.height, -1, -1]
  for (let y = 0; y < after.height; y += 1) {
    for (let x = 0; x < after.width; x += 1) {
      const index = (y * after.width + x) * PIXEL_BYTES
      if (before.data.readUInt32LE(index) === after.data.readUInt32LE(index)) continue
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = y
    }
  }
  return right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 }
}

function changedPixels(before: PNG | null, after: PNG, box: Omit<Frame, 'delayMs' | 'pixels'>): Buffer {
  const rowBytes = box.width * PIXEL_BYTES
  const pixels = Buffer.alloc(rowBytes * box.height)
  for (let y = 0; y < box.height; y += 1) {
    for (let x = 0; x < box.width; x += 1) {
      const from = ((box.y + y) * after.width + box.x + x) * PIXEL_BYTES
      if (before?.data.readUInt32LE(from) === after.data.readUInt32LE(from)) continue
      after.data.copy(pixels, y * rowBytes + x * PIXEL_BYTES, from, from + PIXEL_BYTES)
    }
  }
  return pixels
}

/** What each picture changes of the one before; a picture that changes nothing lengthens that one. */
function framesOf(shots: readonly Shot[], lastMs: number): Frame[] {
  const frames: Frame[] = []
  let before: PNG | null = null
  shots.forEach(({ png, at }, index) => {
    const after = PNG.sync.read(png)
    const delayMs = (shots[index + 1]?.at ?? at + lastMs) - at
    const whole = { x: 0, y: 0, width: after.width, height: after.height }
    const box = before === null ? whole : changedBox(before, after)
    const last = frames.at(-1)
    if (box !== null) frames.push({ ...box, delayMs, pixels: changedPixels(before, after, box) })
    else if (last) last.delayMs += delayMs
    before = after
  })
  return frames
}

function compressed({ pixels, width }: Frame): Buffer {
  const rowBytes = width * PIXEL_BYTES
  const rows: Buffer[] = []
  for (let from = 0; from < pixels.length; from += rowBytes)
    rows.push(Buffer.from([0]), pixels.subarray(from, from + rowBytes))
  return deflateSync(Buffer.concat(rows), { level: 9 })
}

/** An animated PNG that plays for ever; the last picture stays for `lastMs`. Browsers that cannot play it show the first. */
export function apngOf(shots: readonly Shot[], lastMs: number): Buffer {
  const frames = framesOf(shots, lastMs)
  const [first] = frames
  if (!first) throw new Error('no picture to show')
  const chunks = [
    chunk('IHDR', Buffer.concat([numbers(first.width, first.height), Buffer.from([8, 6, 0, 0, 0])])),
    chunk('acTL', numbers(frames.length, 0)),
  ]
  let order = 0
  for (const frame of frames) {
    const { width, height, x, y, delayMs } = frame
    const times = Buffer.alloc(6)
    times.writeUInt16BE(Math.round(delayMs), 0)
    times.writeUInt16BE(1_000, 2)
    times[5] = OVER
    chunks.push(chunk('fcTL', Buffer.concat([numbers(order, width, height, x, y), times])))
    order += 1
    if (frame === first) chunks.push(chunk('IDAT', compressed(frame)))
    else {
      chunks.push(chunk('fdAT', Buffer.concat([numbers(order), compressed(frame)])))
      order += 1
    }
  }
  return Buffer.concat([SIGNATURE, ...chunks, chunk('IEND', Buffer.alloc(0))])
}
