import { asSeen, type Peer, type TcpExchange } from '#lib/util/tcp-exchange.ts'
import { converse, ProbeError } from '../recipe.ts'
import { compactString, int16, int32, string, WireReader } from './wire.ts'

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

const NO_TAGS = Buffer.from([0])

/** Request header version 2 (correlation id, client id, no tagged fields), then the body. */
function request({ key, version }: { key: number; version: number }, body: Buffer): Buffer {
  const head = [int16(key), int16(version), int32(CORRELATION_ID), string(SOFTWARE_NAME), NO_TAGS]
  const all = Buffer.concat([...head, body])
  return Buffer.concat([int32(all.length), all])
}

async function readResponse(talk: TcpExchange): Promise<WireReader> {
  const size = await talk.read(4)
  const length = size.readInt32BE(0)
  if (length < 6 || length > MAX_RESPONSE_BYTES) {
    throw new ProbeError('wrong-protocol', `it answers, but not as Kafka does: ${asSeen(size)}`)
  }
  const reader = new WireReader(await talk.read(length))
  if (reader.int32() !== CORRELATION_ID) {
    throw new ProbeError('wrong-protocol', 'it answers, but not to what Kafka was asked')
  }
  return reader
}

const releaseOf = (level: number): string =>
  RELEASE_BY_METADATA_LEVEL.find(([last]) => level <= last)?.[1] ?? 'unknown'

/** ApiVersions answers in its version 0 when it does not know version 3 (Kafka before 2.4). */
function readVersions(reader: WireReader): { apis: Set<number>; version: string } {
  const error = reader.int16()
  if (error === UNSUPPORTED_VERSION) return { apis: new Set(), version: 'before 2.4' }
  if (error !== 0) throw new ProbeError('starting', `Kafka answered with error ${error}`)
  const apis = reader.compactArray(() => {
    const key = reader.int16()
    reader.skip(4)
    reader.tags()
    return key
  })
  reader.skip(4)
  const features = reader.tags().find(({ id }) => id === SUPPORTED_FEATURES_TAG)?.reader
  const levels = features?.compactArray(() => {
    const name = features.compactString()
    features.skip(2)
    const highest = features.int16()
    features.tags()
    return [name, highest] as const
  })
  const level = new Map(levels).get('metadata.version')
  return { apis: new Set(apis), version: level === undefined ? 'unknown' : releaseOf(level) }
}

/** Throws `starting` until the broker is registered and knows a controller. */
function checkCluster(reader: WireReader): void {
  reader.tags()
  reader.skip(4)
  const error = reader.int16()
  const message = reader.compactString()
  if (error !== 0) throw new ProbeError('starting', `Kafka answered with error ${error} ${message}`)
  reader.compactString()
  const controller = reader.int32()
  if (controller < 0 || reader.compactLength() === 0) {
    throw new ProbeError('starting', 'Kafka answers but has not joined its cluster yet')
  }
}

const probePeer = (peer: Peer, timeoutMs: number): Promise<{ version: string }> =>
  converse(peer, timeoutMs, async (talk) => {
    try {
      const about = Buffer.concat([compactString(SOFTWARE_NAME), compactString('1'), NO_TAGS])
      talk.send(request(API_VERSIONS, about))
      const { apis, version } = readVersions(await readResponse(talk))
      if (apis.has(DESCRIBE_CLUSTER.key)) {
        talk.send(request(DESCRIBE_CLUSTER, Buffer.from([0, 0])))
        checkCluster(await readResponse(talk))
      }
      return { version }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new ProbeError('wrong-protocol', `a Kafka answer that makes no sense: ${error.message}`)
    }
  })

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
