import { type Environment, type NamedBroker, tlsOf, urlOf, VariableFault } from '../environment.ts'
import { bracketed } from '../kit/broker-url.ts'
import { managementUrlBeside, parseAmqpUrl } from './broker-urls.ts'

export const URL_VARIABLE = 'RABBITMQ_URL'
const MANAGEMENT_VARIABLE = 'RABBITMQ_MANAGEMENT_URL'
const CA_VARIABLE = 'RABBITMQ_CA_FILE'
/** What a URL may ask of the client library as a number. */
const NUMBERS = ['heartbeat', 'frameMax', 'channelMax']

/**
 * `RABBITMQ_URL` with `RABBITMQ_CA_FILE`, which is for its management API too, and `RABBITMQ_MANAGEMENT_URL`; undefined without
 * a URL. Throws VariableFault.
 */
export function fromEnvironment(env: Environment): NamedBroker | undefined {
  const url = urlOf(env, URL_VARIABLE, ['amqp', 'amqps'])
  const managementUrl = managementOf(env)
  const security = tlsOf(env, { url, secureScheme: 'amqps', caVariable: CA_VARIABLE })
  if (url === undefined) return undefined
  const { host, port, query } = parseAmqpUrl(url)
  for (const name of NUMBERS) {
    if (/\D/.test(query.get(name) ?? ''))
      throw new VariableFault(URL_VARIABLE, `has a ${name} that is no number`)
  }
  return {
    url,
    address: `${bracketed(host)}:${port}`,
    managementUrl: managementUrl ?? managementUrlBeside(url),
    ...(security && { security }),
  }
}

/** Where the management API of a broker on this machine is, when the environment says so. Throws VariableFault. */
export const managementOf = (env: Environment): string | undefined =>
  urlOf(env, MANAGEMENT_VARIABLE, ['http', 'https'])
