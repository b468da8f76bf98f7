import { type Environment, type NamedBroker, tlsOf, urlOf, VariableFault } from '../environment.ts'
import { parseBrokerUrl } from '../kit/broker-url.ts'

export const URL_VARIABLE = 'REDIS_URL'
const CA_VARIABLE = 'REDIS_CA_FILE'

/** `REDIS_URL` with `REDIS_CA_FILE`; undefined without a URL. Throws VariableFault. */
export function fromEnvironment(env: Environment): NamedBroker | undefined {
  const url = urlOf(env, URL_VARIABLE, ['redis', 'rediss'])
  const security = tlsOf(env, { url, secureScheme: 'rediss', caVariable: CA_VARIABLE })
  if (url === undefined) return undefined
  if (!/^\d*$/.test(parseBrokerUrl(url).path)) {
    throw new VariableFault(URL_VARIABLE, 'must end with the number of a database, or with nothing')
  }
  return { url, ...(security && { security }) }
}
