/**
 * What members of a group tell each other through the broker, in version 0 of the consumer protocol that every client reads
 * (kafka.apache.org/protocol: ConsumerProtocolSubscription, ConsumerProtocolAssignment). Later versions append fields,
 * which readers of version 0 leave alone.
 */
const VERSION = 0

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const text = (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)])
const list = (items: Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items])
const NO_USER_DATA = int32(0)

/** Reads past the end throw a RangeError: the bytes come from other programs. */
function createCursor(bytes: Buffer) {
  let at = 0
  const advance = (length: number): number => {
    const from = at
    at += length
    return from
  }
  const readInt32 = () => bytes.readInt32BE(advance(4))
  return {
    skip: (length: number) => void advance(length),
    int32: readInt32,
    text: (): string => {
      const length = bytes.readInt16BE(advance(2))
      const from = advance(Math.max(0, length))
      if (at > bytes.length) throw new RangeError('a member text that ends too early')
      return bytes.toString('utf8', from, at)
    },
    list: <T>(read: () => T): T[] => {
      const items: T[] = []
      for (let left = readInt32(); left > 0; left--) items.push(read())
      return items
    },
  }
}

/** Which topics a member wants to read. */
export const encodeSubscription = (topics: readonly string[]): Buffer =>
  Buffer.concat([int16(VERSION), list(topics.map(text)), NO_USER_DATA])

export function decodeSubscription(bytes: Buffer): string[] {
  const cursor = createCursor(bytes)
  cursor.skip(2)
  return cursor.list(cursor.text)
}

/** Which partitions of which topics a member was given. */
export const encodeAssignment = (share: Readonly<Record<string, readonly number[]>>): Buffer =>
  Buffer.concat([
    int16(VERSION),
    list(Object.entries(share).map(([topic, ids]) => Buffer.concat([text(topic), list(ids.map(int32))]))),
    NO_USER_DATA,
  ])

/** Nothing assigned, also for the empty bytes of a member that is still joining. */
export function decodeAssignment(bytes: Buffer): Map<string, number[]> {
  if (bytes.length < 2) return new Map()
  const cursor = createCursor(bytes)
  cursor.skip(2)
  return new Map(cursor.list(() => [cursor.text(), cursor.list(cursor.int32)] as const))
}
