import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { EventOf } from '#lib/protocol/events.ts'
import type { Random } from './random.ts'

/** What the programs of the world put on brokers, and what of it the room may therefore show. */
export interface Sent {
  /** Remembers a body that somebody is about to send, whether or not the broker will take it. */
  remember(body: Buffer): void
  /** Whether somebody has sent the body that this delivery shows; true where it does not show the whole body. */
  explains(delivery: EventOf<'delivered'>): boolean
}

const digest = (body: Buffer) => createHash('sha1').update(body).digest('base64')

export function createSent(): Sent {
  const digests = new Set<string>()
  return {
    remember: (body) => void digests.add(digest(body)),
    explains: ({ text, bytes, omittedBytes }) => {
      if (omittedBytes !== undefined) return true
      if (bytes !== undefined) return digests.has(digest(Buffer.from(bytes, 'base64')))
      return text === undefined || digests.has(digest(Buffer.from(text)))
    },
  }
}

const BIG_BODY_BYTES = 300_000
const ODD_TEXTS = [
  '',
  ' ',
  '\u0000',
  'line\r\nline\u2028line',
  '<script>alert(1)</script>',
  '\u202etxet',
  'a\u0301'.repeat(40),
  '👩‍👩‍👧‍👦'.repeat(20),
  '{"n":9007199254740993}',
  '=cmd|calc;"quoted"',
]

/** A body as real programs send them: texts, JSON, binary, compressed, empty, large. */
export function oddBody(random: Random, label: string): Buffer {
  switch (random.int(0, 9)) {
    case 0:
      return Buffer.from(random.pick(ODD_TEXTS))
    case 1:
      return random.bytes(random.int(1, 400))
    case 2:
      return gzipSync(`${label} ${'compressed '.repeat(random.int(1, 200))}`)
    case 3:
      return Buffer.from(`${label} ${'x'.repeat(random.int(1, BIG_BODY_BYTES))}`)
    case 4:
      return Buffer.concat([Buffer.from(`${label} `), Buffer.from([0xc3, 0x28, 0xff])])
    default:
      return Buffer.from(`${label} ${random.pick(ODD_TEXTS)}`)
  }
}

/** The names and values of metadata that this dashboard reads itself, and that others may claim. */
export function oddHeaders(random: Random, claimedId: string | undefined): Record<string, string> {
  const headers: Record<string, string> = {}
  if (random.chance(0.5)) headers[`x-${random.int(0, 9)}`] = random.pick(ODD_TEXTS)
  if (random.chance(0.2)) headers.ce_subject = 'odd'
  if (random.chance(0.2)) headers['content-type'] = 'application/octet-stream'
  if (random.chance(0.1)) headers.long = 'y'.repeat(5_000)
  if (claimedId !== undefined && random.chance(0.3)) headers.ce_id = claimedId
  return headers
}
