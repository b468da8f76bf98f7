import { type Environment, type NamedBroker, tlsOf, urlOf, VariableFault } from '../environment.ts'
import { bracketed } from '../kit/broker-url.ts'
import { parseRedisUrl } from './broker-url.ts'

export const URL_VARIABLE = 'REDIS_URL'
const CA_VARIABLE = 'REDIS_CA_FILE'

/** `REDIS_URL` with `REDIS_CA_FILE`; undefined without a URL. Throws VariableFault. */
export function fromEnvironment(env: Environment): NamedBroker | undefined {
  const url = urlOf(env, URL_VARIABLE, ['redis', 'rediss'])
  const security = tlsOf(env, { url, secureScheme: 'rediss', caVariable: CA_VARIABLE })
  if (url === undefined) return undefined
  const { host, port, database } = parseRedisUrl(url)
  if (!/^\d*$/.test(database)) {
    throw new VariableFault(URL_VARIABLE, 'must end with the number of a database, or with nothing')
  }
  return { url, address: `${bracketed(host)}:${port}`, ...(security && { security }) }
}
