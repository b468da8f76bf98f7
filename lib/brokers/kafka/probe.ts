import { addressOf, asSeen, type Peer, type TcpExchange } from '#lib/util/tcp-exchange.ts'
import type { BrokerSecurity } from '../contract.ts'
import { converse, ProbeError } from '../recipe.ts'
import { brokersOf, type Seed } from './brokers.ts'
import { SSL_VARIABLE } from './environment.ts'
import { compactString, int16, int32, string, WireReader } from './wire.ts'

/**
 * Kafka's wire protocol (kafka.apache.org/protocol): ApiVersions proves the protocol, DescribeCluster that the broker has
 * joined its cluster and serves. An open port alone answers neither. Where a login is given, SaslHandshake takes the place of
 * the latter, which is answered after a login only.
 */
const API_VERSIONS = { key: 18, version: 3 }
const DESCRIBE_CLUSTER = { key: 60, version: 0 }
const SASL_HANDSHAKE = { key: 17, version: 1 }
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

/** Request header version 1, without tagged fields: SaslHandshake never became a flexible one. */
function plainRequest({ key, version }: { key: number; version: number }, body: Buffer): Buffer {
  const all = Buffer.concat([int16(key), int16(version), int32(CORRELATION_ID), string(SOFTWARE_NAME), body])
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

/**
 * What a broker answers to a login by that mechanism: whether it accepts it here, or which ones it accepts instead. None of
 * them where this listener has no login at all.
 */
async function shakeHands(
  talk: TcpExchange,
  mechanism: string,
): Promise<{ accepted: boolean; offered: string[] }> {
  talk.send(plainRequest(SASL_HANDSHAKE, string(mechanism)))
  const reader = await readResponse(talk)
  const error = reader.int16()
  return { accepted: error === 0, offered: reader.array(reader.string) }
}

const KAFKA_LOGIN = 'KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD'

/** Throws `authentication` where the broker accepts no login by this mechanism. The login itself is the client library's. */
async function checkMechanism(talk: TcpExchange, mechanism: string): Promise<void> {
  const { accepted, offered } = await shakeHands(talk, mechanism.toUpperCase())
  if (accepted) return
  const instead =
    offered.length === 0
      ? `it asks for no login (SASL) on this port: unset ${KAFKA_LOGIN}`
      : `it accepts no login (SASL) by ${mechanism}, but by ${offered.join(', ').toLowerCase()}: see KAFKA_SASL_MECHANISM`
  throw new ProbeError('authentication', instead)
}

async function talkToBroker(talk: TcpExchange, sasl: BrokerSecurity['sasl']): Promise<{ version: string }> {
  try {
    const about = Buffer.concat([compactString(SOFTWARE_NAME), compactString('1'), NO_TAGS])
    talk.send(request(API_VERSIONS, about))
    const { apis, version } = readVersions(await readResponse(talk))
    // Before a login, a broker answers nothing else than these two.
    if (sasl) await checkMechanism(talk, sasl.mechanism)
    else if (apis.has(DESCRIBE_CLUSTER.key)) {
      talk.send(request(DESCRIBE_CLUSTER, Buffer.from([0, 0])))
      checkCluster(await readResponse(talk))
    }
    return { version }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new ProbeError('wrong-protocol', `a Kafka answer that makes no sense: ${error.message}`)
  }
}

/**
 * A broker that wants a login hangs up on everything else, without a word: asked for the mechanisms that it accepts, it says
 * so. Undefined where that is not why.
 */
async function wantedLogin(
  peer: Peer,
  limits: { timeoutMs: number; secureBy: string },
): Promise<ProbeError | undefined> {
  try {
    const { offered } = await converse(peer, limits, (talk) => shakeHands(talk, 'NONE'))
    if (offered.length === 0) return undefined
    const text = `${addressOf(peer)} asks for a login (SASL: ${offered.join(', ').toLowerCase()}): set ${KAFKA_LOGIN}`
    return new ProbeError('authentication', text)
  } catch (error) {
    // It hung up for another reason, which is reported.
    if (error instanceof ProbeError || error instanceof RangeError) return undefined
    throw error
  }
}

async function probePeer(
  { host, port }: Seed,
  timeoutMs: number,
  { tls, sasl }: BrokerSecurity,
): Promise<{ version: string }> {
  const peer = { host, port, ...(tls && { tls }) }
  const limits = { timeoutMs, secureBy: `${SSL_VARIABLE}=true asks for it` }
  try {
    return await converse(peer, limits, (talk) => talkToBroker(talk, sasl))
  } catch (error) {
    const hungUp = error instanceof ProbeError && error.reason.code === 'lost'
    const wanted = hungUp && !sasl ? await wantedLogin(peer, limits) : undefined
    throw wanted ?? error
  }
}

/** Codes of a broker that was not heard: one that answered, and why it cannot be used, says more. */
const UNHEARD: ReadonlySet<string> = new Set(['not-found', 'refused', 'connecting', 'lost'])
const isUnheard = (error: unknown): boolean => error instanceof ProbeError && UNHEARD.has(error.reason.code)

/** Asks each broker in turn; the first that is ready answers for all. Throws the failure that says most, or the last. */
export async function probeBrokers(
  brokers: readonly Seed[],
  timeoutMs: number,
  security: BrokerSecurity = {},
): Promise<{ version: string }> {
  let failure: unknown = new ProbeError('not-found', 'no broker was named')
  for (const broker of brokers) {
    try {
      return await probePeer(broker, timeoutMs / brokers.length, security)
    } catch (error) {
      if (isUnheard(failure)) failure = error
    }
  }
  throw failure
}

/** `probeBrokers` of the addresses in `host:port,host:port`. */
export const probeKafka = (
  url: string,
  timeoutMs: number,
  security?: BrokerSecurity,
): Promise<{ version: string }> => probeBrokers(brokersOf(url), timeoutMs, security)
