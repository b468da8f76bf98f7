import { type Environment, type NamedBroker, tlsOf, urlOf, VariableFault } from '../environment.ts'
import { bracketed, parseBrokerUrl } from '../kit/broker-url.ts'
import { DEFAULT_PORT } from './names.ts'

export const URL_VARIABLE = 'REDIS_URL'
const CA_VARIABLE = 'REDIS_CA_FILE'

/** `REDIS_URL` with `REDIS_CA_FILE`; undefined without a URL. Throws VariableFault. */
export function fromEnvironment(env: Environment): NamedBroker | undefined {
  const url = urlOf(env, URL_VARIABLE, ['redis', 'rediss'])
  const security = tlsOf(env, { url, secureScheme: 'rediss', caVariable: CA_VARIABLE })
  if (url === undefined) return undefined
  const { host, port = DEFAULT_PORT, path } = parseBrokerUrl(url)
  if (!/^\d*$/.test(path)) {
    throw new VariableFault(URL_VARIABLE, 'must end with the number of a database, or with nothing')
  }
  return { url, address: `${bracketed(host)}:${port}`, ...(security && { security }) }
}
