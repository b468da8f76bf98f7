import { asSeen, type TcpExchange } from '#lib/util/tcp-exchange.ts'
import type { BrokerSecurity } from '../contract.ts'
import { converse, ProbeError } from '../recipe.ts'
import { type AmqpTarget, parseAmqpUrl } from './broker-urls.ts'

/**
 * AMQP 0-9-1's opening (amqp0-9-1 specification, 2.2.4 and 1.4): protocol header, Start, Start-Ok, Tune, Tune-Ok, Open,
 * Open-Ok, then Close. Going as far as Open-Ok proves that the broker lets this user into this virtual host. Written by
 * hand, because amqplib drops the broker's words about a refused virtual host: they alone tell one that is still coming up
 * from one that does not exist.
 */
const PROTOCOL_HEADER = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1])
const FRAME_METHOD = 1
const FRAME_END = 0xce
const CONNECTION = 10
const START = 10
const START_OK = 11
const TUNE = 30
const TUNE_OK = 31
const OPEN = 40
const OPEN_OK = 41
const CLOSE = 50
const CLOSE_OK = 51
const ACCESS_REFUSED = 403
const NORMAL = 200
/** RabbitMQ's server properties are about 600 bytes. */
const MAX_FRAME_BYTES = 128 * 1024

const shortString = (text: string): Buffer =>
  Buffer.concat([Buffer.of(Buffer.byteLength(text)), Buffer.from(text)])
const uint16 = (value: number): Buffer => Buffer.of(value >> 8, value)
const uint32 = (value: number): Buffer => Buffer.concat([uint16(value >> 16), uint16(value)])
const longBytes = (bytes: Buffer): Buffer => Buffer.concat([uint32(bytes.length), bytes])

function methodFrame(method: number, ...fields: Buffer[]): Buffer {
  const body = Buffer.concat([uint16(CONNECTION), uint16(method), ...fields])
  const head = Buffer.concat([Buffer.of(FRAME_METHOD), uint16(0), uint32(body.length)])
  return Buffer.concat([head, body, Buffer.of(FRAME_END)])
}

interface Method {
  id: number
  fields: Buffer
}

const notAmqp = (bytes: Buffer): ProbeError =>
  new ProbeError('wrong-protocol', `it answers, but not as AMQP 0-9-1 does: ${asSeen(bytes)}`)

async function readMethod(talk: TcpExchange): Promise<Method> {
  const head = await talk.read(7)
  const size = head.readUInt32BE(3)
  if (head.readUInt8(0) !== FRAME_METHOD || size < 4 || size > MAX_FRAME_BYTES) throw notAmqp(head)
  const body = await talk.read(size + 1)
  if (body.readUInt8(size) !== FRAME_END || body.readUInt16BE(0) !== CONNECTION) throw notAmqp(body)
  return { id: body.readUInt16BE(2), fields: body.subarray(4, size) }
}

/** The broker's reason for closing, in its words. */
function closed({ fields }: Method): ProbeError {
  const code = fields.readUInt16BE(0)
  const length = fields.readUInt8(2)
  const text = fields.subarray(3, 3 + length).toString('utf8')
  // A virtual host that is still coming up is refused with 530 too, but not as "not found".
  const forGood = code === ACCESS_REFUSED || / not found|refused for user/.test(text)
  return new ProbeError(forGood ? 'authentication' : 'starting', `${code} ${text}`)
}

async function expectMethod(talk: TcpExchange, id: number): Promise<Method> {
  const method = await readMethod(talk)
  if (method.id === id) return method
  if (method.id === CLOSE) {
    talk.send(methodFrame(CLOSE_OK))
    throw closed(method)
  }
  throw new ProbeError('wrong-protocol', `AMQP method 10.${method.id} where 10.${id} was due`)
}

/** `version` in Start's server properties: a table entry of type S (long string). */
function versionIn(fields: Buffer): string {
  const key = shortString('version')
  const at = fields.indexOf(Buffer.concat([key, Buffer.from('S')]))
  if (at < 0) return 'unknown'
  const start = at + key.length + 1
  const length = fields.readUInt32BE(start)
  return fields.subarray(start + 4, start + 4 + length).toString('utf8')
}

/** Without this capability RabbitMQ answers a wrong password by hanging up instead of by a reason. */
const clientProperties = (): Buffer => {
  const capabilities = Buffer.concat([shortString('authentication_failure_close'), Buffer.from('t\x01')])
  const table = Buffer.concat([shortString('capabilities'), Buffer.from('F'), longBytes(capabilities)])
  return longBytes(table)
}

async function open(talk: TcpExchange, { username, password, vhost }: AmqpTarget): Promise<string> {
  talk.send(PROTOCOL_HEADER)
  const start = await expectMethod(talk, START)
  const response = longBytes(Buffer.from(`\0${username}\0${password}`))
  talk.send(methodFrame(START_OK, clientProperties(), shortString('PLAIN'), response, shortString('en_US')))
  const tune = await expectMethod(talk, TUNE)
  const open = methodFrame(OPEN, shortString(vhost), shortString(''), Buffer.from([0]))
  talk.send(Buffer.concat([methodFrame(TUNE_OK, tune.fields.subarray(0, 8)), open]))
  await expectMethod(talk, OPEN_OK)
  talk.send(methodFrame(CLOSE, uint16(NORMAL), shortString('probed'), uint16(0), uint16(0)))
  await expectMethod(talk, CLOSE_OK)
  return versionIn(start.fields)
}

/** Opens an AMQP 0-9-1 connection with the URL's user and virtual host, and closes it politely. */
export async function probeRabbitmq(
  url: string,
  timeoutMs: number,
  security?: BrokerSecurity,
): Promise<{ version: string }> {
  const target = parseAmqpUrl(url, security)
  return converse(target, { timeoutMs, secureBy: 'amqps:// asks for it' }, async (talk) => ({
    version: await open(talk, target),
  }))
}
