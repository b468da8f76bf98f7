import { asSeen, type Peer, type TcpExchange } from '#lib/util/tcp-exchange.ts'
import { converse, ProbeError } from '../recipe.ts'

/**
 * Kafka's wire protocol (kafka.apache.org/protocol): ApiVersions proves the protocol, DescribeCluster that the broker has
 * joined its cluster and serves. An open port alone answers neither.
 */
const API_VERSIONS = { key: 18, version: 3 }
const DESCRIBE_CLUSTER = { key: 60, version: 0 }
const UNSUPPORTED_VERSION = 35
const CORRELATION_ID = 1
const MAX_RESPONSE_BYTES = 512 * 1024
const SOFTWARE_NAME = 'switchboard-probe'
const SUPPORTED_FEATURES_TAG = 0

/**
 * The highest `metadata.version` each release supports (KIP-584, Kafka's MetadataVersion), which is all that a broker
 * reveals about its release. Levels of later releases are not known here and give "unknown".
 */
const RELEASE_BY_METADATA_LEVEL: ReadonlyArray<readonly [lastLevel: number, release: string]> = [
  [7, '3.3'],
  [8, '3.4'],
  [11, '3.5'],
  [14, '3.6'],
  [19, '3.7'],
  [20, '3.8'],
  [21, '3.9'],
  [25, '4.0'],
  [27, '4.1'],
  [29, '4.2'],
  [30, '4.3'],
  [33, '4.4'],
]

/** Reads Kafka's primitive types from one response. A read past the end throws: it was no Kafka response. */
class ResponseReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.skip(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.skip(4))
  }

  /** Length of a compact array; 0 for null. */
  compactCount(): number {
    return Math.max(0, this.#varint() - 1)
  }

  /** Empty for null. */
  compactString(): string {
    return this.#take(this.compactCount()).toString('utf8')
  }

  /** Tagged fields, each with a reader of its own. */
  tags(): Array<{ id: number; reader: ResponseReader }> {
    const found: Array<{ id: number; reader: ResponseReader }> = []
    for (let left = this.#varint(); left > 0; left--) {
      const id = this.#varint()
      found.push({ id, reader: new ResponseReader(this.#take(this.#varint())) })
    }
    return found
  }

  /** Returns the offset before the skipped bytes. */
  skip(length: number): number {
    const from = this.#at
    this.#at += length
    if (length < 0 || this.#at > this.#bytes.length) {
      throw new ProbeError('wrong-protocol', 'a Kafka answer that ends too early')
    }
    return from
  }

  #take(length: number): Buffer {
    const from = this.skip(length)
    return this.#bytes.subarray(from, from + length)
  }

  #varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes.readUInt8(this.skip(1))
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new ProbeError('wrong-protocol', 'a Kafka answer with an endless number')
  }
}

const compactString = (text: string): Buffer =>
  Buffer.concat([Buffer.from([Buffer.byteLength(text) + 1]), Buffer.from(text)])

/** Request header version 2 (correlation id, client id, no tagged fields), then the body. */
function request(api: { key: number; version: number }, body: Buffer): Buffer {
  const client = Buffer.from(SOFTWARE_NAME)
  const head = Buffer.alloc(14)
  head.writeInt32BE(10 + client.length + 1 + body.length, 0)
  head.writeInt16BE(api.key, 4)
  head.writeInt16BE(api.version, 6)
  head.writeInt32BE(CORRELATION_ID, 8)
  head.writeInt16BE(client.length, 12)
  return Buffer.concat([head, client, Buffer.from([0]), body])
}

async function readResponse(talk: TcpExchange): Promise<ResponseReader> {
  const size = await talk.read(4)
  const length = size.readInt32BE(0)
  if (length < 6 || length > MAX_RESPONSE_BYTES) {
    throw new ProbeError('wrong-protocol', `it answers, but not as Kafka does: ${asSeen(size)}`)
  }
  const reader = new ResponseReader(await talk.read(length))
  if (reader.int32() !== CORRELATION_ID) {
    throw new ProbeError('wrong-protocol', 'it answers, but not to what Kafka was asked')
  }
  return reader
}

interface Versions {
  apis: Set<number>
  version: string
}

const releaseOf = (level: number): string =>
  RELEASE_BY_METADATA_LEVEL.find(([last]) => level <= last)?.[1] ?? 'unknown'

/** ApiVersions answers in its version 0 when it does not know version 3 (Kafka before 2.4). */
function readVersions(reader: ResponseReader): Versions {
  const error = reader.int16()
  if (error === UNSUPPORTED_VERSION) return { apis: new Set(), version: 'before 2.4' }
  if (error !== 0) throw new ProbeError('starting', `Kafka answered with error ${error}`)
  const apis = new Set<number>()
  for (let left = reader.compactCount(); left > 0; left--) {
    apis.add(reader.int16())
    reader.skip(4)
    reader.tags()
  }
  reader.skip(4)
  let version = 'unknown'
  for (const tag of reader.tags()) {
    if (tag.id !== SUPPORTED_FEATURES_TAG) continue
    for (let left = tag.reader.compactCount(); left > 0; left--) {
      const name = tag.reader.compactString()
      tag.reader.skip(2)
      const highest = tag.reader.int16()
      tag.reader.tags()
      if (name === 'metadata.version') version = releaseOf(highest)
    }
  }
  return { apis, version }
}

/** Throws `starting` until the broker is registered and knows a controller. */
function checkCluster(reader: ResponseReader): void {
  reader.tags()
  reader.skip(4)
  const error = reader.int16()
  const message = reader.compactString()
  if (error !== 0) throw new ProbeError('starting', `Kafka answered with error ${error} ${message}`)
  reader.compactString()
  const controller = reader.int32()
  if (controller < 0 || reader.compactCount() < 1) {
    throw new ProbeError('starting', 'Kafka answers but has not joined its cluster yet')
  }
}

async function probePeer(peer: Peer, timeoutMs: number): Promise<{ version: string }> {
  return converse(peer, timeoutMs, async (talk) => {
    const noTags = Buffer.from([0])
    const name = compactString(SOFTWARE_NAME)
    talk.send(request(API_VERSIONS, Buffer.concat([name, compactString('1'), noTags])))
    const { apis, version } = readVersions(await readResponse(talk))
    if (apis.has(DESCRIBE_CLUSTER.key)) {
      talk.send(request(DESCRIBE_CLUSTER, Buffer.from([0, 0])))
      checkCluster(await readResponse(talk))
    }
    return { version }
  })
}

/** Asks each of `host:port,host:port` in turn; the first that is ready answers for all. */
export async function probeKafka(url: string, timeoutMs: number): Promise<{ version: string }> {
  const brokers = url.split(',')
  let failure: unknown = new ProbeError('not-found', 'no broker was named')
  for (const broker of brokers) {
    const separator = broker.lastIndexOf(':')
    const peer = { host: broker.slice(0, separator), port: Number(broker.slice(separator + 1)) }
    try {
      return await probePeer(peer, timeoutMs / brokers.length)
    } catch (error) {
      failure = error
    }
  }
  throw failure
}
